import type { RequestEntryInput } from '../context/with-request.ts';
import { checkInput } from '../prepare/check-input.ts';
import { diff, type DiffOptions } from '../prepare/diff.ts';

export type Row = Record<string, unknown>;

/** A change of one row. */
export interface RowChange {
  /** The type of the target, as in the options. */
  type: string;
  event: 'created' | 'updated' | 'deleted';
  /** The row's key before the change; that of a new row after it. */
  id: string;
  /** The row's key after the change, if it differs from `id`. */
  newId?: string;
  before: Row | undefined;
  after: Row | undefined;
}

// Without loss: the text of a Date has no milliseconds.
function keyText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
}

/** Makes changes from the rows of one table. */
export class RowChanges {
  readonly #type: string;
  /** The members that identify a row. */
  readonly key: readonly string[];

  /** @throws AuditError `INVALID_ENTRY` for an invalid type, so that no write fails later because of it */
  constructor(type: string, key: readonly string[]) {
    checkInput({ action: `${type}.updated`, description: '', actor: { type: 'system' } });
    this.#type = type;
    this.key = key;
  }

  created(rows: readonly Row[]): RowChange[] {
    return rows.map((after) => this.#change('created', undefined, after));
  }

  deleted(rows: readonly Row[]): RowChange[] {
    return rows.map((before) => this.#change('deleted', before, undefined));
  }

  /**
   * @param keys the expected keys after the update, in the order of `before`, if the update changes keys
   * @throws Error if it cannot be decided which row became which
   */
  updated(before: readonly Row[], after: readonly Row[], keys: readonly Row[] = before): RowChange[] {
    const old = new Map(before.map((row, i) => [this.#identity(keys[i] ?? row), row]));
    const pairs = after.map((row) => {
      const identity = this.#identity(row);
      const found = old.get(identity);
      old.delete(identity);
      return { before: found, after: row };
    });
    const unmatched = keys === before ? [] : pairs.filter(({ before }) => !before);
    const [left, ...more] = old.values();
    const [alone, ...others] = unmatched;
    if (alone && left) {
      if (more.length > 0 || others.length > 0) {
        throw new Error(
          `auditChanges: the old and new keys of several rows do not match; update each ${this.#type} alone`,
        );
      }
      alone.before = left;
    }
    return pairs.map(({ before, after }) => this.#change('updated', before, after));
  }

  #change(event: RowChange['event'], before: Row | undefined, after: Row | undefined): RowChange {
    const id = this.#id(before ?? after ?? {});
    const newId = this.#id(after ?? before ?? {});
    return { type: this.#type, event, id, ...(newId === id ? {} : { newId }), before, after };
  }

  // For people: "42", or "team:person" for several members, in which a colon is escaped so that no two rows have one id.
  #id(row: Row): string {
    const values = this.key.map((name) => keyText(row[name]));
    if (values.length === 1) return values[0] ?? '';
    return values.map((value) => value.replace(/[%:]/g, encodeURIComponent)).join(':');
  }

  #identity(row: Row): string {
    return JSON.stringify(this.key.map((name) => keyText(row[name])));
  }
}

/** The entry of a change; `undefined` if the row has the same values as before. */
export function entryOf(change: RowChange, options: DiffOptions): RequestEntryInput | undefined {
  const { type, event, id, newId, before, after } = change;
  const changes = diff(before, after, options);
  if (event === 'updated' && changes.length === 0) return undefined;
  return {
    action: `${type}.${event}`,
    description: `${type} ${id} ${event}`,
    target: { type, id },
    ...(newId === undefined ? {} : { related: [{ type, id: newId }] }),
    changes,
  };
}
