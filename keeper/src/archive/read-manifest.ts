import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Writable, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ArchiveStore } from './archive-store.ts';
import { manifestKey, parseKey, type DayRevision } from './day-key.ts';
import { dayManifestSchema, type DayManifest } from './day-manifest.ts';

export interface ReadManifest {
  manifest: DayManifest;
  /** As it is in the file, with members that this version does not know. */
  raw: Record<string, unknown>;
  /** Of the file. */
  sha256: string;
}

// A manifest has about 300 bytes for each emitter of the day.
const MAX_BYTES = 100_000_000;

/** @throws Error if it is missing, or not a manifest of this day */
export async function readManifest(store: ArchiveStore, tenant: string, of: DayRevision): Promise<ReadManifest> {
  const key = manifestKey(tenant, of);
  const text = await textOf(await store.read(key));
  let raw: Record<string, unknown>;
  let manifest: DayManifest;
  try {
    raw = JSON.parse(text) as Record<string, unknown>;
    manifest = dayManifestSchema.parse(raw);
  } catch (cause) {
    throw new Error(`${key} is not a manifest of an archived day`, { cause });
  }
  const { day, revision } = manifest;
  if (manifest.tenant !== tenant || day !== of.day || revision !== of.revision) {
    throw new Error(`${key} is the manifest of tenant ${manifest.tenant}, ${day}, revision ${revision}`);
  }
  return { raw, manifest, sha256: createHash('sha256').update(text).digest('hex') };
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if ((bytes += chunk.length) > MAX_BYTES) throw new Error(`the manifest has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The revisions of each archived day of a tenant, oldest first; with the revisions that have no manifest (yet). */
export async function archivedDays(
  store: ArchiveStore,
  prefix: string,
): Promise<Map<string, { revisions: number[]; files: Set<number> }>> {
  const days = new Map<string, { revisions: number[]; files: Set<number> }>();
  for await (const key of store.list(prefix)) {
    const of = parseKey(key);
    if (!of) continue;
    let day = days.get(of.day);
    if (!day) days.set(of.day, (day = { revisions: [], files: new Set() }));
    if (of.kind === 'parquet') day.files.add(of.revision);
    else day.revisions.push(of.revision);
  }
  for (const { revisions } of days.values()) revisions.sort((a, b) => a - b);
  return new Map([...days].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The size and hash of what a store returns, which is also written to `path`. */
export async function receive(stream: Readable, path?: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const count = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  const target = path === undefined ? nowhere() : createWriteStream(path, { mode: 0o600 });
  await pipeline(stream as AsyncIterable<Buffer>, count, target);
  return { bytes, sha256: hash.digest('hex') };
}

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });
