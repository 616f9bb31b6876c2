import type { RequestEntryInput } from '../context/with-request.ts';
import { currentContext, runWithContext, type RequestContext } from '../context/request-context.ts';
import type { DiffOptions } from '../prepare/diff.ts';
import { outboxEntry } from '../record/outbox.ts';
import { entryOf, type RowChange } from './row-changes.ts';

/** Options of change capture that do not depend on the library. */
export interface ChangeEntryOptions extends DiffOptions {
  /** Further fields of an entry, such as `channel` or a better description; `false` for a change that is not to be recorded. */
  fields?: ((change: RowChange) => Partial<RequestEntryInput> | false) | undefined;
  /** The actor outside requests and jobs. Without it, changes there are refused. */
  actor?: RequestContext['actor'];
}

// Rows of one statement; databases limit the number of its parameters.
const CHUNK = 500;

/** The rows of an outbox for these changes, in groups that one statement can insert. @throws AuditError as `outboxEntry()` */
export function outboxRows(changes: readonly RowChange[], options: ChangeEntryOptions): { entry: string }[][] {
  const { fields, actor, ...diffOptions } = options;
  const textOf = (change: RowChange): string | undefined => {
    const more = fields?.(change);
    const entry = more === false ? undefined : entryOf(change, diffOptions);
    return entry && outboxEntry({ ...entry, ...more });
  };
  const texts = () => changes.flatMap((change) => textOf(change) ?? []);
  const rows = (currentContext() || !actor ? texts() : runWithContext({ actor }, texts)).map((entry) => ({ entry }));
  return Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, i) => rows.slice(i * CHUNK, (i + 1) * CHUNK));
}
