import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duck } from '../days/duck.ts';
import type { ManifestSigner } from '../export/signer.ts';
import type { ArchiveStore } from './archive-store.ts';
import { endOfDayMs, manifestKey, parquetKey, parquetName } from './day-key.ts';
import { signedManifest, type DayManifest } from './day-manifest.ts';
import { DayReader } from './read-day.ts';
import { readManifest, receive, type ReadManifest } from './read-manifest.ts';
import { ARCHIVE_SCHEMA } from './schema.ts';
import { compareDay, writeDay, type DaySource } from './write-day.ts';

export interface DayToArchive {
  tenant: string;
  /** 2026-11-20 */
  day: string;
  source: DaySource;
  /** The newest revision in the archive. */
  previous?: ReadManifest | undefined;
}

interface ArchiveDayOptions {
  duck: Duck;
  store: ArchiveStore;
  signer: ManifestSigner;
  /** An empty folder for temporary files. */
  work: string;
  /** How long the day is kept, from now on. */
  keepMs: number;
  nowMs: number;
  signal: AbortSignal;
}

/** What is in the archive now, and whether it was written by this call. */
export interface ArchivedDay {
  manifest: DayManifest;
  isNew: boolean;
}

/**
 * Archives a day: first its Parquet file, then its manifest, each read back. A day that is in the archive with the same
 * entries is not written again; entries that only the archive has are kept.
 *
 * @throws Error if the archive does not hold what was written, or the previous revision is not what its manifest states
 */
export async function archiveDay(
  { tenant, day, source, previous }: DayToArchive,
  { duck, store, signer, work, keepMs, nowMs, signal }: ArchiveDayOptions,
): Promise<ArchivedDay> {
  let before: { path: string; onlyInPrevious: number } | undefined;
  if (previous) {
    const path = await fetchDay(store, previous.manifest, join(work, 'previous.parquet'));
    const { onlyHere, onlyInPrevious } = await compareDay(duck, source.columns, path);
    if (onlyHere === 0) return { manifest: previous.manifest, isNew: false };
    before = { path, onlyInPrevious };
  }
  signal.throwIfAborted();
  const of = { day, revision: (previous?.manifest.revision ?? 0) + 1 };
  const path = await writeDay(duck, work, {
    ...of,
    tenant,
    source: { ...source, lines: until(signal, source.lines) },
    ...(before && { previous: before.path }),
  });
  const reader = new DayReader(duck, path);
  const { firstTime = '', lastTime = '', ...facts } = await reader.readAll(signal);
  const expected = source.rows + (before?.onlyInPrevious ?? 0);
  if (facts.entries !== expected || reader.wrong > 0) {
    throw new Error(`the file has ${facts.entries} entries (${reader.wrong} wrong) instead of ${expected}`);
  }
  const file = { name: parquetName(of.revision), ...(await receive(createReadStream(path))) };
  const keepUntilMs = Math.max(nowMs, endOfDayMs(day)) + keepMs;
  await store.put(parquetKey(tenant, of), path, { keepUntilMs });
  const stored = await receive(await store.read(parquetKey(tenant, of)));
  if (stored.sha256 !== file.sha256) throw new Error(`${file.name} reads back with other bytes`);
  const manifest: Omit<DayManifest, 'signature'> = {
    ...{ kind: 'auditrail-archive-day', version: 1, schema: ARCHIVE_SCHEMA, tenant, ...of },
    ...(previous && {
      previous: {
        revision: previous.manifest.revision,
        manifestSha256: previous.sha256,
        entries: previous.manifest.entries,
      },
    }),
    ...{ archivedAt: new Date(nowMs).toISOString(), keepUntil: new Date(keepUntilMs).toISOString() },
    ...{ firstTime, lastTime, ...facts, file },
  };
  const manifestFile = join(work, 'manifest.json');
  await writeFile(manifestFile, signedManifest(manifest, signer), { mode: 0o600 });
  await store.put(manifestKey(tenant, of), manifestFile, { keepUntilMs, isNew: true });
  return { manifest: (await readManifest(store, tenant, of)).manifest, isNew: true };
}

/**
 * Fetches the Parquet file of an archived day.
 *
 * @throws Error if it is not what the manifest states
 */
export async function fetchDay(store: ArchiveStore, manifest: DayManifest, path: string): Promise<string> {
  const key = parquetKey(manifest.tenant, manifest);
  const { bytes, sha256 } = await receive(await store.read(key), path).catch((cause: unknown) => {
    throw new Error(`${key} cannot be read: ${String(cause)}`, { cause });
  });
  const { file } = manifest;
  if (sha256 !== file.sha256 || bytes !== file.bytes) {
    throw new Error(`${key} was changed: ${bytes} bytes of ${file.bytes}, SHA-256 ${sha256}`);
  }
  return path;
}

async function* until(signal: AbortSignal, lines: AsyncIterable<string>): AsyncGenerator<string, void> {
  for await (const line of lines) {
    signal.throwIfAborted();
    yield line;
  }
}
