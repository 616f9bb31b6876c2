import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { lokiLimits, readEntries, type LokiClient } from '@auditrail/core/loki';
import { LIMITS } from '@auditrail/core';
import type { Duck } from '../days/duck.ts';
import { HashSet } from '../days/hash-set.ts';
import { DAY_NS } from '../days/segment.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { checkSignature } from '../verify/check-signature.ts';
import { fetchDay } from './archive-day.ts';
import type { ArchiveStore } from './archive-store.ts';
import { endOfDayMs, tenantPrefix } from './day-key.ts';
import { isDaySignedBy } from './day-manifest.ts';
import { DayReader } from './read-day.ts';
import { archivedDays, readManifest, type ReadManifest } from './read-manifest.ts';
import { inGroups, sendLines, type LinesTarget } from './send-lines.ts';

export interface RestoreOptions {
  store: ArchiveStore;
  /** The tenant that was archived, and the one that gets its entries. */
  tenant: string;
  into: string;
  days: { first: string; last: string };
  publicKeys: Record<string, string>;
  /** Reads the tenant `into`. */
  loki: LokiClient;
  target: LinesTarget;
  duck: Duck;
  work: string;
  /** Restores days that Loki's retention deletes soon. */
  ignoreRetention?: boolean;
  now?: () => number;
  onDay: (day: RestoredDay) => void;
}

export interface RestoredDay {
  day: string;
  entries: number;
  /** Entries that were not there yet. */
  sent: number;
}

// Loki shows an entry at once, its caches may not.
const READ_TRIES = 10;
const READ_PAUSE_MS = 1_000;

const keyOf = (ns: bigint, line: string) => hash('sha256', `${ns} ${line}`, 'buffer');

/**
 * Puts archived days into another tenant of Loki, byte for byte and under their own times, and reads them back. It can be
 * repeated: lines that are there are not sent again.
 *
 * @throws UsageError if the tenant is the archived one, or has other entries; Error if a day is not what its manifest states,
 *   is refused, or reads back differently
 */
export async function restoreDays(options: RestoreOptions): Promise<RestoredDay[]> {
  const { store, tenant, into, days } = options;
  if (into === tenant) throw new UsageError(`--into ${into} is the tenant that was archived: restore into another one`);
  const manifests: ReadManifest[] = [];
  for (const [day, { revisions }] of await archivedDays(store, tenantPrefix(tenant))) {
    const revision = revisions.at(-1);
    if (revision === undefined || day < days.first || day > days.last) continue;
    manifests.push(checked(await readManifest(store, tenant, { day, revision }), options));
  }
  const [oldest] = manifests;
  if (!oldest) throw new UsageError(`the archive has no days of tenant ${tenant} from ${days.first} to ${days.last}`);
  await checkRetention(options, oldest.manifest.day);
  const restored: RestoredDay[] = [];
  for (const manifest of manifests) {
    const day = await restoreDay(manifest, options);
    restored.push(day);
    options.onDay(day);
  }
  return restored;
}

function checked(read: ReadManifest, { publicKeys }: RestoreOptions): ReadManifest {
  const { raw, manifest } = read;
  const { finding } = checkSignature(manifest.signature, publicKeys, (value, key) => isDaySignedBy(raw, value, key));
  if (finding !== undefined) throw new Error(`${manifest.day}: ${finding}`);
  return read;
}

async function checkRetention({ loki, into, ignoreRetention, now = Date.now }: RestoreOptions, oldest: string) {
  const { keptMs, keptLeastMs = keptMs } = await lokiLimits(loki);
  if (ignoreRetention || keptLeastMs === undefined) return;
  if (endOfDayMs(oldest) + keptLeastMs > now() + 86_400_000) return;
  throw new UsageError(
    `Loki keeps entries of tenant ${into} for ${Math.floor(keptLeastMs / 86_400_000)} days and would delete those of ${oldest} soon: ` +
      'set retention_period to 0s for this tenant (docs/archive.md#restore), or give --ignore-retention',
  );
}

async function restoreDay({ manifest }: ReadManifest, options: RestoreOptions): Promise<RestoredDay> {
  const { store, into, duck, work, target } = options;
  const { day, entries, linesSha256 } = manifest;
  const path = await fetchDay(store, manifest, join(work, 'day.parquet'));
  const archived = new HashSet();
  const reader = new DayReader(duck, path);
  for await (const { ns, line } of reader.lines()) archived.add(keyOf(ns, line));
  const facts = await reader.facts();
  if (facts.linesSha256 !== linesSha256 || reader.wrong > 0) {
    throw new Error(`${day}: the lines are not those that the manifest states`);
  }
  const before = await stored(options, day, archived);
  if (before.others > 0) {
    throw new UsageError(`tenant ${into} has ${before.others} other entries on ${day}: restore into an empty tenant`);
  }
  let sent = 0;
  const lines = new DayReader(duck, path).lines();
  const missing = (async function* () {
    for await (const line of lines) if (!before.found.has(keyOf(line.ns, line.line))) yield line;
  })();
  for await (const group of inGroups(missing)) {
    await sendLines(target, group);
    sent += group.length;
  }
  for (let tries = 1; ; tries++) {
    const { found, others } = await stored(options, day, archived);
    if (found.size === archived.size && others === 0) return { day, entries, sent };
    if (tries >= READ_TRIES) {
      throw new Error(
        `${day}: of ${archived.size} entries, Loki returns ${found.size}, and ${others} others, in tenant ${into}`,
      );
    }
    await sleep(READ_PAUSE_MS);
  }
}

/** Which of the archived lines Loki holds, under the same times, and how many other lines on that day. */
async function stored({ loki }: RestoreOptions, day: string, archived: HashSet) {
  const start = BigInt(endOfDayMs(day)) * 1_000_000n - DAY_NS;
  const found = new HashSet();
  let others = 0;
  const reading = { range: { start, end: start + DAY_NS }, everyLine: true, pageEntries: LIMITS.pageEntriesMax };
  for await (const page of readEntries(loki, reading)) {
    for (const { ns, line } of page) {
      const key = keyOf(ns, line);
      if (archived.has(key)) found.add(key);
      else others++;
    }
  }
  return { found, others };
}
