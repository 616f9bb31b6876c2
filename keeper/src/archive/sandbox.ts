import { mkdirSync } from 'node:fs';
import { DuckDBInstance, StatementType, type DuckDBConnection, type DuckDBResult } from '../days/duckdb.ts';
import { sqlText } from '../days/duck.ts';
import { UsageError } from '../terminal/usage-error.ts';

export interface SandboxOptions {
  /** The only files that queries can read. */
  files: readonly string[];
  /** The query of the view `entries`. */
  view: string;
  /** For what does not fit into memory. */
  folder: string;
  memoryBytes: number;
  /** A longer query is stopped. */
  timeoutMs: number;
}

const MAX_SPILL = '20GB';
const THREADS = 2;

/**
 * DuckDB for the SQL of a person: one SELECT at a time over the view `entries`. It reads the given files and no other, writes
 * none, reaches no network, loads no extension, and cannot change its settings.
 */
export class Sandbox {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #timeoutMs: number;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, timeoutMs: number) {
    this.#instance = instance;
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  static async open({ files, view, folder, memoryBytes, timeoutMs }: SandboxOptions): Promise<Sandbox> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${Math.floor(memoryBytes / 1024)}KiB`,
      threads: String(THREADS),
      temp_directory: folder,
      max_temp_directory_size: MAX_SPILL,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
    });
    const connection = await instance.connect();
    try {
      await connection.run('LOAD parquet; LOAD json');
      await connection.run(`SET allowed_paths = [${files.map(sqlText).join(', ')}]`);
      await connection.run(`CREATE VIEW entries AS ${view}`);
      await connection.run('SET enable_external_access = false; SET lock_configuration = true');
      return new Sandbox(instance, connection, timeoutMs);
    } catch (error) {
      connection.closeSync();
      instance.closeSync();
      throw error;
    }
  }

  /**
   * Runs one SELECT.
   *
   * @param use reads the result; the time limit includes it
   * @throws UsageError for any other statement, and for a query that takes too long
   */
  async select<T>(sql: string, use: (result: DuckDBResult) => Promise<T>): Promise<T> {
    if (/^[\s;]*$/.test(sql)) throw new UsageError('give one statement');
    const statements = await this.#connection.extractStatements(sql);
    if (statements.count !== 1) throw new UsageError(`give one statement instead of ${statements.count}`);
    const statement = await statements.prepare(0);
    if (statement.statementType !== StatementType.SELECT) {
      throw new UsageError('only SELECT is allowed: this command reads, and nothing else');
    }
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#connection.interrupt();
    }, this.#timeoutMs);
    try {
      return await use(await statement.stream());
    } catch (error) {
      if (!isLate) throw error;
      throw new UsageError(
        `the query took longer than ${this.#timeoutMs / 1000} s: narrow --from and --to, or raise --timeout`,
        { cause: error },
      );
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}
