import { hash } from 'node:crypto';
import { AuditError, parseTime, nsToMs, type AuditEntryInput } from '@auditrail/core';
import { readEntries, type LokiClient } from '@auditrail/core/loki';

/** The origin of an event from another log. */
export interface ImportedEvent {
  /** When it happened, RFC 3339 in UTC; the same as the entry's `time`. */
  time: string;
  /** The log that it comes from: `cloudtrail/123456789012`, `auth.log of host a`. Never change it. */
  source: string;
  /** What identifies the event in its log: its id there, or its line and the line's position. */
  key: string;
}

/**
 * The id of an imported event: a UUIDv7 from the event's time and a hash of its source and key. A second import gives
 * the same id, and events of other sources have other ids.
 *
 * @throws AuditError `INVALID_ENTRY` if the time is not RFC 3339 in UTC from 1970 on
 * @example
 * const id = importId({ time: event.eventTime, source: 'cloudtrail', key: event.eventID });
 * await audit.record({ id, time: event.eventTime, action: 'bucket.deleted', description: 'Bucket deleted', actor });
 */
export function importId({ time, source, key }: ImportedEvent): string {
  const ns = parseTime(time);
  if (ns === undefined || ns < 0n) {
    throw new AuditError(
      'INVALID_ENTRY',
      `invalid time of an imported event: ${time} is not RFC 3339 in UTC from 1970 on`,
      {
        issues: [{ path: 'time', message: 'must be RFC 3339 in UTC, from 1970 on' }],
      },
    );
  }
  // As JSON, so that no two pairs of texts are joined to the same text.
  const bytes = hash('sha256', JSON.stringify([source, key]), 'buffer').subarray(0, 16);
  bytes.writeUIntBE(nsToMs(ns), 0, 6);
  // RFC 9562: the version and the variant.
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** An entry to import: with the id and time of its event. */
export type ImportEntry = AuditEntryInput & { id: string; time: string };

export interface SkipStoredOptions {
  /** A client that reads the tenant: `httpLokiClient` of `@auditrail/core/loki` with a read token. */
  loki: LokiClient;
  /** The `service` of the logger that imports. */
  service: string;
}

// Few enough for the length of an address, with 36 characters each.
const AT_ONCE = 100;
// Logs repeat an event in the same file or the next one. About 15 MB.
const REMEMBERED = 100_000;

const keyOf = (id: string, ns: bigint, action: string) => `${ns} ${id.toLowerCase()} ${action}`;

async function storedKeys({ loki, service }: SkipStoredOptions, entries: readonly ImportEntry[]): Promise<Set<string>> {
  const times = entries.flatMap(({ time }) => parseTime(time) ?? []);
  const [first, ...others] = times;
  const stored = new Set<string>();
  if (first === undefined) return stored;
  const start = others.reduce((least, ns) => (ns < least ? ns : least), first);
  const end = others.reduce((most, ns) => (ns > most ? ns : most), first) + 1n;
  const filters = [
    { field: 'service', operator: 'is', values: [service] },
    { field: 'id', operator: 'is any of', values: entries.map(({ id }) => id) },
  ] as const;
  const query = { filters: filters.map((filter) => ({ ...filter, values: [...filter.values] })) };
  for await (const page of readEntries(loki, { query, range: { start, end } })) {
    for (const { entry, ns } of page) if (entry) stored.add(keyOf(entry.id, ns, entry.action));
  }
  return stored;
}

/**
 * The entries that Loki does not hold yet, in their order: for an import that runs again. Without it, a second import adds a
 * second chain with the same entries; readers show and export them once, and counts count them twice. An entry is held if
 * its id, time and action are; the same entry twice in one import is recorded once.
 *
 * @param entries an iterable or async iterable, best in the order of time: each hundred is one request over their range
 * @throws what `readEntries` of `@auditrail/core/loki` throws
 * @example
 * await audit.flush();
 * await recordAll(audit, skipStored({ loki, service: 'cloudtrail' }, entries));
 */
export async function* skipStored(
  options: SkipStoredOptions,
  entries: Iterable<ImportEntry> | AsyncIterable<ImportEntry>,
): AsyncGenerator<ImportEntry, void> {
  // What this import has yielded is perhaps not in Loki yet.
  const recent = new Set<string>();
  const isNew = (key: string) => {
    if (recent.has(key)) return false;
    recent.add(key);
    // A set keeps the order of insertion: the first is the oldest.
    if (recent.size > REMEMBERED) recent.delete(recent.values().next().value ?? '');
    return true;
  };
  let batch: ImportEntry[] = [];
  const missing = async () => {
    const stored = await storedKeys(options, batch);
    return batch.filter(({ id, time, action }) => {
      const key = keyOf(id, parseTime(time) ?? -1n, action);
      return !stored.has(key) && isNew(key);
    });
  };
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < AT_ONCE) continue;
    yield* await missing();
    batch = [];
  }
  yield* await missing();
}
