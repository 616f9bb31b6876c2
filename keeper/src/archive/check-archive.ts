import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Duck } from '../days/duck.ts';
import { checkSignature } from '../verify/check-signature.ts';
import type { ArchiveStore } from './archive-store.ts';
import { manifestKey, parquetKey, tenantPrefix } from './day-key.ts';
import { isDaySignedBy } from './day-manifest.ts';
import { MissingDays } from './missing-days.ts';
import { DayReader, type ArchivedLine } from './read-day.ts';
import { archivedDays, readManifest, receive, type ReadManifest } from './read-manifest.ts';

export interface ArchiveToCheck {
  store: ArchiveStore;
  tenant: string;
  /** First and last day, such as 2026-11-20; all if missing. */
  days?: { first: string; last: string };
  /** Ed25519 public keys in PEM; the id is the caller's own. */
  publicKeys: Record<string, string>;
  duck: Duck;
  /** For files of a bucket, one at a time. */
  work: string;
}

export interface CheckedDay {
  day: string;
  revision: number;
  entries: number;
}

/** A problem of a day. */
export interface DayFinding {
  day: string;
  text: string;
}

/**
 * Reads the days of an archive, oldest first, and checks each by its manifest: signature, file, lines, chain ranges; and
 * whether days are missing. What it finds is complete after {@link lines} has ended.
 */
export class ArchiveReader {
  readonly #options: ArchiveToCheck;
  readonly #unproven = new Set<string>();
  readonly days: CheckedDay[] = [];
  readonly findings: DayFinding[] = [];

  constructor(options: ArchiveToCheck) {
    this.#options = options;
  }

  /** What was not proven. */
  get undecided(): string[] {
    return [...this.#unproven];
  }

  /** The lines of the newest revision of each day. A day that cannot be read is a finding. */
  async *lines(): AsyncGenerator<ArchivedLine & { day: string }, void> {
    const { store, tenant, days } = this.#options;
    const missing = new MissingDays();
    for (const [day, { revisions, files }] of await archivedDays(store, tenantPrefix(tenant))) {
      if (days && (day < days.first || day > days.last)) continue;
      for (const revision of files) {
        if (!revisions.includes(revision)) {
          this.#unproven.add(`${parquetKey(tenant, { day, revision })} has no manifest: it does not count.`);
        }
      }
      const newest = await this.#manifests(day, revisions);
      if (!newest) continue;
      const { revision, entries, chains } = newest.manifest;
      this.days.push({ day, revision, entries });
      for (const found of missing.add(day, chains)) this.findings.push(found);
      for await (const line of this.#dayLines(newest)) yield { ...line, day };
    }
  }

  #find(day: string, text: string): void {
    this.findings.push({ day, text });
  }

  // Checks the manifest of each revision, and that each names the one before.
  async #manifests(day: string, revisions: readonly number[]): Promise<ReadManifest | undefined> {
    const { store, tenant, publicKeys } = this.#options;
    let newest: ReadManifest | undefined;
    for (const revision of revisions) {
      let read: ReadManifest;
      try {
        read = await readManifest(store, tenant, { day, revision });
      } catch (error) {
        this.#find(day, `${manifestKey(tenant, { day, revision })} cannot be read: ${(error as Error).message}.`);
        continue;
      }
      const { raw, manifest } = read;
      const { finding, undecided } = checkSignature(manifest.signature, publicKeys, (value, key) =>
        isDaySignedBy(raw, value, key),
      );
      if (finding !== undefined) this.#find(day, finding);
      if (undecided !== undefined) this.#unproven.add(undecided);
      const { previous } = manifest;
      if (newest && previous?.manifestSha256 !== newest.sha256) {
        this.#find(day, `Revision ${revision} names another manifest of revision ${previous?.revision} than there is.`);
      } else if (!newest && previous) {
        this.#unproven.add(`${day}: revision ${previous.revision}, which revision ${revision} replaced, is not there.`);
      }
      newest = read;
    }
    return newest;
  }

  async *#dayLines({ manifest }: ReadManifest): AsyncGenerator<ArchivedLine, void> {
    const { store, tenant, duck, work } = this.#options;
    const { day, file, entries, linesSha256, firstTime, lastTime, chains } = manifest;
    const key = parquetKey(tenant, manifest);
    const copy = store.pathOf ? undefined : join(work, 'day.parquet');
    try {
      const { bytes, sha256 } = await receive(await store.read(key), copy);
      if (bytes !== file.bytes || sha256 !== file.sha256) {
        this.#find(day, `${key} is not what was written: ${bytes} bytes of ${file.bytes}, SHA-256 ${sha256}.`);
      }
      const reader = new DayReader(duck, copy ?? store.pathOf?.(key) ?? '');
      yield* reader.lines();
      const facts = await reader.facts();
      if (reader.wrong > 0) this.#find(day, `${reader.wrong} lines do not match their hashes, or are not in order.`);
      if (facts.entries !== entries)
        this.#find(day, `The manifest states ${entries} entries, but there are ${facts.entries}.`);
      const stated = { entries, linesSha256, firstTime, lastTime, chains };
      if (!isDeepStrictEqual(JSON.parse(JSON.stringify(facts)), stated)) {
        this.#find(day, 'The lines or chains in the manifest differ from those of the entries.');
      }
    } catch (error) {
      this.#find(day, `${key} cannot be read: ${(error as Error).message}.`);
    } finally {
      if (copy) await rm(copy, { force: true });
    }
  }
}
