import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DuckDBInstance,
  type DuckDBAppender,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBValue,
} from './duckdb.ts';
import pLimit from 'p-limit';

export interface DuckOptions {
  /** Folder for what does not fit into memory. */
  folder: string;
  /** Memory for all queries together, in bytes. Default 192 MiB. */
  memoryBytes?: number;
  threads?: number;
}

/** A text as a literal of SQL; as a C string, a statement has no NUL. */
export function sqlText(text: string): string {
  const quoted = `'${text.toWellFormed().replaceAll("'", "''")}'`;
  return quoted.includes('\0') ? `(${quoted.replaceAll('\0', "' || chr(0) || '")})` : quoted;
}

/** A name of a table or column, which may be a word of SQL. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Pauses before a query that found no memory is tried again: 13 seconds together. */
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 6_400;

const QUERIES_AT_ONCE = 2;

export const isOutOfMemory = (error: unknown): boolean => /Out of Memory/.test(String(error));

/** Thrown if a query found no memory. */
export class OutOfMemory extends Error {
  override readonly name = 'OutOfMemory';
}

/** DuckDB within this process: the tables of what is not in a file yet, and queries over Parquet files. */
export class Duck {
  readonly #instance: DuckDBInstance;
  readonly #limited = pLimit(QUERIES_AT_ONCE);
  #connections = 0;
  #closing = false;
  #onIdle: (() => void) | undefined;

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  static async open({ folder, memoryBytes = 192 * 2 ** 20, threads = 2 }: DuckOptions): Promise<Duck> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${Math.floor(memoryBytes / 1024)}KiB`,
      threads: String(threads),
      temp_directory: folder,
      // Nothing is loaded from the network.
      autoinstall_known_extensions: 'false',
    });
    const duck = new Duck(instance);
    // Footers of closed days are read once; the operating system keeps the rest of them.
    await duck.run('LOAD parquet; SET parquet_metadata_cache = true; SET enable_external_file_cache = false');
    return duck;
  }

  /** Runs statements that return nothing. */
  run(sql: string): Promise<void> {
    return this.#connected(async (connection) => {
      await connection.run(sql);
    });
  }

  /**
   * The rows of a query, each a list of values in the order of its columns. `signal` interrupts it.
   *
   * @throws OutOfMemory if none of several attempts found enough
   */
  async rows(sql: string, signal?: AbortSignal): Promise<DuckDBValue[][]> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
      try {
        return await this.#rowsOnce(sql, signal);
      } catch (error) {
        // Others have the memory, such as the merge of a day: a reader waits for them.
        if (!isOutOfMemory(error)) throw error;
        if (pauseMs > LAST_PAUSE_MS || this.#closing) throw new OutOfMemory(String(error), { cause: error });
        await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal });
      }
    }
  }

  // Each query has buffers of its own: many at once take all memory, and no time less.
  #rowsOnce(sql: string, signal?: AbortSignal): Promise<DuckDBValue[][]> {
    return this.#limited(() => this.#rowsNow(sql, signal));
  }

  #rowsNow(sql: string, signal?: AbortSignal): Promise<DuckDBValue[][]> {
    return this.#connected(async (connection) => {
      signal?.throwIfAborted();
      const interrupt = () => connection.interrupt();
      signal?.addEventListener('abort', interrupt);
      try {
        return (await connection.runAndReadAll(sql)).getRows();
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      } finally {
        signal?.removeEventListener('abort', interrupt);
      }
    });
  }

  /**
   * The rows of a query in groups, for results that need not fit into memory.
   *
   * @throws OutOfMemory at once, because an answer that has begun cannot be asked for again
   */
  async *stream(sql: string): AsyncGenerator<DuckDBValue[][], void> {
    for await (const chunk of this.#chunks(sql)) yield chunk.getRows();
  }

  /** The same, column by column. */
  async *columns(sql: string): AsyncGenerator<DuckDBValue[][], void> {
    for await (const chunk of this.#chunks(sql)) yield chunk.getColumns();
  }

  async *#chunks(sql: string): AsyncGenerator<DuckDBDataChunk, void> {
    const connection = await this.#connect();
    try {
      const result = await connection.stream(sql);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (!chunk || chunk.rowCount === 0) return;
        yield chunk;
      }
    } catch (error) {
      if (isOutOfMemory(error)) throw new OutOfMemory(String(error), { cause: error });
      throw error;
    } finally {
      this.#disconnect(connection);
    }
  }

  /** Adds rows to a table; `add` appends them. */
  append(table: string, add: (appender: DuckDBAppender) => void): Promise<void> {
    return this.#connected(async (connection) => {
      const appender = await connection.createAppender(table);
      add(appender);
      appender.closeSync();
    });
  }

  /** Closes it after the queries that are under way; later ones are refused. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#connections > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.#instance.closeSync();
  }

  async #connected<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#connect();
    try {
      return await work(connection);
    } finally {
      this.#disconnect(connection);
    }
  }

  // To close DuckDB under a query can end the process.
  async #connect(): Promise<DuckDBConnection> {
    if (this.#closing) throw new Error('DuckDB is closed');
    this.#connections++;
    try {
      return await this.#instance.connect();
    } catch (error) {
      this.#released();
      throw error;
    }
  }

  #disconnect(connection: DuckDBConnection): void {
    connection.closeSync();
    this.#released();
  }

  #released(): void {
    if (--this.#connections === 0) this.#onIdle?.();
  }
}
