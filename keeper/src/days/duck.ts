import { mkdirSync } from 'node:fs';
import { DuckDBInstance, type DuckDBAppender, type DuckDBValue } from '@duckdb/node-api';

export interface DuckOptions {
  /** Folder for what does not fit into memory. */
  folder: string;
  /** Memory for all queries together, in bytes. Default 256 MiB. */
  memoryBytes?: number;
  threads?: number;
}

/** A text as a literal of SQL. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name of a table or column, which may be a word of SQL. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** DuckDB within this process: the tables of what is not in a file yet, and queries over Parquet files. */
export class Duck {
  readonly #instance: DuckDBInstance;

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  static async open({ folder, memoryBytes = 2 ** 28, threads = 2 }: DuckOptions): Promise<Duck> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${Math.floor(memoryBytes / 1024)}KiB`,
      threads: String(threads),
      temp_directory: folder,
      // Nothing is loaded from the network.
      autoinstall_known_extensions: 'false',
    });
    const duck = new Duck(instance);
    // Footers of closed days are read once.
    await duck.run('LOAD parquet; SET parquet_metadata_cache = true');
    return duck;
  }

  /** Runs statements that return nothing. */
  async run(sql: string): Promise<void> {
    const connection = await this.#instance.connect();
    try {
      await connection.run(sql);
    } finally {
      connection.closeSync();
    }
  }

  /** The rows of a query, each a list of values in the order of its columns. */
  async rows(sql: string): Promise<DuckDBValue[][]> {
    const connection = await this.#instance.connect();
    try {
      return (await connection.runAndReadAll(sql)).getRows();
    } finally {
      connection.closeSync();
    }
  }

  /** The rows of a query in groups, for results that need not fit into memory. */
  async *stream(sql: string): AsyncGenerator<DuckDBValue[][], void> {
    const connection = await this.#instance.connect();
    try {
      const result = await connection.stream(sql);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (!chunk || chunk.rowCount === 0) return;
        yield chunk.getRows();
      }
    } finally {
      connection.closeSync();
    }
  }

  /** Adds rows to a table; `add` appends them. */
  async append(table: string, add: (appender: DuckDBAppender) => void): Promise<void> {
    const connection = await this.#instance.connect();
    try {
      const appender = await connection.createAppender(table);
      add(appender);
      appender.closeSync();
    } finally {
      connection.closeSync();
    }
  }

  close(): void {
    this.#instance.closeSync();
  }
}
