import { RowChanges, type Row } from '../changes/row-changes.ts';
import { call, type Args, type Client } from './client.ts';
import type { DataModel } from './data-model.ts';

// Keys in one condition; databases limit the number of parameters.
const CHUNK = 500;

/** Rows in groups that one condition can name. */
export function chunks<T>(rows: readonly T[], size = CHUNK): T[][] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size));
}

// As PostgreSQL reads it in JSON.
function jsonKey(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : value;
}

/** Reads the rows of one model, in a transaction. */
export class AuditedModel {
  readonly name: string;
  readonly changes: RowChanges;
  /** All columns. */
  readonly select: Readonly<Record<string, true>>;
  readonly #lock: ((keys: readonly Row[]) => readonly [sql: string, keys: string]) | undefined;

  constructor(name: string, key: readonly string[], dataModel: DataModel, schema: string | undefined) {
    const columns = dataModel.columns(name);
    if (key.length === 0 || key.some((member) => !columns.includes(member))) {
      throw new TypeError(`auditChanges: name the members that identify a ${name}: { ${name}: ['id'] }`);
    }
    this.name = name;
    this.changes = new RowChanges(name, key);
    this.select = Object.fromEntries(columns.map((column) => [column, true]));
    if (dataModel.provider !== 'postgresql') return;
    const table = dataModel.table(name, schema);
    // The client does not know what the database calls the values of an enum; without them, more rows are locked.
    const known = key.filter((member) => !dataModel.isEnum(name, member));
    if (known.length === 0) throw new TypeError(`auditChanges: the key of ${name} has no member that is not an enum`);
    const parts = known.map((member) => ({ member, column: dataModel.column(name, member) }));
    const on = parts.map(({ column: { sql } }) => `t.${sql} = k.${sql}`).join(' AND ');
    // The keys get the types of their columns.
    const rows = `json_populate_recordset(NULL::${table}, $1::json)`;
    const sql = `SELECT 1 FROM ${table} AS t JOIN ${rows} AS k ON ${on} FOR UPDATE OF t`;
    const jsonOf = (row: Row): Row =>
      Object.fromEntries(parts.map(({ member, column }) => [column.name, jsonKey(row[member])]));
    this.#lock = (keys) => [sql, JSON.stringify(keys.map(jsonOf))];
  }

  /** The condition for one row. */
  is(row: Row): Args {
    return Object.fromEntries(this.changes.key.map((member) => [member, row[member]]));
  }

  /** The condition for some rows, at least one. */
  oneOf(rows: readonly Row[]): Args {
    const [member, ...others] = this.changes.key;
    if (member !== undefined && others.length === 0) return { [member]: { in: rows.map((row) => row[member]) } };
    return { OR: rows.map((row) => this.is(row)) };
  }

  /** The row before its change, locked against other transactions. */
  async before(tx: Client, where: unknown): Promise<Row[]> {
    const read = async (): Promise<Row[]> => {
      const row = (await call(tx, this.name, 'findUnique', { where, select: this.select })) as Row | null;
      return row ? [row] : [];
    };
    const found = await read();
    return (await this.#locked(tx, found)) ? read() : found;
  }

  /** The rows before their change, locked against other transactions. */
  async allBefore(tx: Client, where: unknown, limit: unknown): Promise<Row[]> {
    const args = { where, select: this.select, ...(limit === undefined ? {} : { take: limit }) };
    const found = (await call(tx, this.name, 'findMany', args)) as Row[];
    if (!(await this.#locked(tx, found))) return found;
    return this.#read(tx, found, where);
  }

  /** The rows with these keys, after their change. */
  async after(tx: Client, keys: readonly Row[]): Promise<Row[]> {
    const rows = await this.#read(tx, keys);
    if (rows.length !== keys.length) throw new Error(`auditChanges: a changed ${this.name} cannot be read`);
    return rows;
  }

  async #read(tx: Client, keys: readonly Row[], where: unknown = {}): Promise<Row[]> {
    const rows: Row[] = [];
    for (const chunk of chunks(keys)) {
      const args = { where: { AND: [where, this.oneOf(chunk)] }, select: this.select };
      rows.push(...((await call(tx, this.name, 'findMany', args)) as Row[]));
    }
    return rows;
  }

  async #locked(tx: Client, rows: readonly Row[]): Promise<boolean> {
    if (!this.#lock || rows.length === 0) return false;
    await tx.$queryRawUnsafe(...this.#lock(rows));
    return true;
  }
}
