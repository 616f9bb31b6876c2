import { hash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../export/sync-folder.ts';
import type { PipelineFinding } from '../pipeline/finding.ts';

/** Requests that could not be decoded in full, and why. */
export interface UndecodableRequest {
  /** The value of `X-Scope-OrgID`, whatever it is. */
  tenant: string;
  body: Uint8Array;
  /** The value of `Content-Encoding`, if the body could not even be unpacked. */
  encoding?: string;
  problems: readonly string[];
}

/** All requests together. More would fill the disk: the collector keeps them then. */
const MAX_BYTES = 1_000_000_000;
const MAX_PROBLEMS = 20;

/** A folder of requests that the intake could not decode in full, byte for byte. */
export class SetAside {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Puts a request on disk: `HASH.otlp`, and `HASH.json` with its tenant and the reasons. The same request again is the same
   * file.
   *
   * @returns the path of the request
   * @throws Error of the disk, or if the folder is full
   */
  async keep({ tenant, body, encoding, problems }: UndecodableRequest): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, hash('sha256', body, 'hex').slice(0, 32));
    if ((await this.#bytes()) + body.length > MAX_BYTES) {
      throw new Error(`${this.#folder} has ${MAX_BYTES} bytes: see the reasons in its files, and delete them`);
    }
    const facts = { time: new Date().toISOString(), tenant, encoding, problems: problems.slice(0, MAX_PROBLEMS) };
    await writeSynced(`${path}.json`, `${JSON.stringify(facts)}\n`);
    await writeSynced(`${path}.otlp`, body);
    await syncFolder(this.#folder);
    return `${path}.otlp`;
  }

  async #names(): Promise<string[]> {
    try {
      return (await readdir(this.#folder)).filter((name) => name.endsWith('.otlp'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  async #bytes(): Promise<number> {
    let bytes = 0;
    for (const name of await this.#names()) bytes += (await stat(join(this.#folder, name))).size;
    return bytes;
  }

  /** Whether there are such requests, with the first reason. */
  async check(): Promise<PipelineFinding> {
    const names = await this.#names();
    const ok = names.length === 0;
    const about = { code: 'KEEPER_SETS_ASIDE', about: this.#folder } as const;
    if (ok) return { ok, ...about, what: 'keeper: all requests of the collector could be decoded' };
    const facts = await readFile(join(this.#folder, String(names[0]).replace(/otlp$/, 'json')), 'utf8');
    return {
      ...{ ok, ...about, count: names.length },
      what: `keeper: ${names.length} ${names.length === 1 ? 'request' : 'requests'} of the collector set aside in ${this.#folder}: ${facts.trim()}`,
      remedy:
        'what could be decoded is kept; the rest is read from Loki. Find out what sends such requests, then delete the files',
    };
  }
}

async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
