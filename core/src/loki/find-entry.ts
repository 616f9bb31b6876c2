import { entryIdTime } from '../entry/entry-id.ts';
import { AuditError } from '../errors.ts';
import type { Filter } from '../query/filters.ts';
import type { LokiClient } from './client.ts';
import type { TrailLine } from './entry-identity.ts';
import { readEntries } from './read-entries.ts';
import type { TimeRange } from '../query/logql.ts';
import { msToNs } from '../time.ts';

export interface FindOptions {
  /** The range that can contain the entry, such as the retention until now. */
  range: TimeRange;
  signal?: AbortSignal;
  /** Called after each slice with the share of the range that was read, 0 to 1. */
  onProgress?: (part: number) => void;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const FIRST_MS = 10 * MINUTE_MS;
// Long enough that a year takes few requests, short enough to show progress and to stop early.
const SLICES_MS = [6 * HOUR_MS, DAY_MS, 7 * DAY_MS];

const latest = (a: bigint, b: bigint) => (a > b ? a : b);
const earliest = (a: bigint, b: bigint) => (a < b ? a : b);

/**
 * The range in slices, nearest to `center` first, alternating earlier and later ones, each longer than the one before.
 */
export function* slicesAround(center: bigint, { start, end }: TimeRange): Generator<TimeRange, void> {
  if (start >= end) return;
  const at = earliest(latest(center, start), end);
  let from = latest(at - msToNs(FIRST_MS), start);
  let to = earliest(at + msToNs(FIRST_MS), end);
  if (from < to) yield { start: from, end: to };
  for (let i = 0; from > start || to < end; i++) {
    const step = msToNs(SLICES_MS[i] ?? 7 * DAY_MS);
    // An imported entry happened before its id was created.
    const earlier = latest(from - step, start);
    if (earlier < from) yield { start: earlier, end: from };
    from = earlier;
    const later = earliest(to + step, end);
    if (to < later) yield { start: to, end: later };
    to = later;
  }
}

/**
 * Finds all entries that claim an id, of any age. An id contains the time of its creation, so the minutes around it are
 * read first; entries whose time differs from their id's (imported history, copies) are found in the slices that follow.
 * If only one is needed, leave the loop after the first.
 *
 * Yields the entries of each slice (never empty).
 *
 * @throws AuditError `INVALID_FILTER` for a text that is not an entry's id; see also `readEntries`.
 * @example
 * for await (const lines of findEntries(loki, '019a8f3e-7a10-7000-8000-000000000001', { range })) show(lines);
 */
export async function* findEntries(
  loki: LokiClient,
  id: string,
  { range, signal, onProgress }: FindOptions,
): AsyncGenerator<TrailLine[], void> {
  const ms = entryIdTime(id);
  if (ms === undefined) throw new AuditError('INVALID_FILTER', `${id.slice(0, 80)} is not an entry's id (UUIDv7)`);
  const filter: Filter = { field: 'id', operator: 'is any of', values: [...new Set([id, id.toLowerCase()])] };
  const options = { query: { filters: [filter] }, ...(signal && { signal }) };
  const total = Number(range.end - range.start);
  let read = 0;
  for (const slice of slicesAround(msToNs(ms), range)) {
    yield* readEntries(loki, { ...options, range: slice, firstSliceMs: Infinity });
    read += Number(slice.end - slice.start);
    onProgress?.(Math.min(1, read / total));
  }
}
