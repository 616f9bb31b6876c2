import { closeSync, copyFileSync, fsyncSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { encodeFrames, payloadOf, scanFrames } from '@auditrail/sdk/frame';
import { syncFolder } from '../export/sync-folder.ts';
import type { ServeLog } from '../serve/log.ts';
import type { StoredRecord } from './columns.ts';

/** The form of a record in the log, as JSON: time, arrival, line, metadata. */
type Logged = [ns: string, arrivalNs: string, line: string, metadata: [string, string][]];

function encode({ ns, arrivalNs, line, metadata }: StoredRecord): string {
  const pairs = metadata instanceof Map ? [...(metadata as ReadonlyMap<string, string>)] : Object.entries(metadata);
  return JSON.stringify([String(ns), String(arrivalNs), line, pairs] satisfies Logged);
}

function decode(text: string): StoredRecord {
  const [ns, arrivalNs, line, metadata] = JSON.parse(text) as Logged;
  return { ns: BigInt(ns), arrivalNs: BigInt(arrivalNs), line, metadata: new Map(metadata) };
}

/**
 * A file of records that are not in a segment yet: what the keeper acknowledged survives a crash of the process and of the
 * machine. It is deleted when its records are in segments.
 */
export class IntakeLog {
  readonly #path: string;
  readonly #file: FileHandle;
  #bytes: number;
  #broken = false;

  private constructor(path: string, file: FileHandle, bytes: number) {
    this.#path = path;
    this.#file = file;
    this.#bytes = bytes;
  }

  static async create(folder: string, path: string): Promise<IntakeLog> {
    const file = await open(path, 'ax', 0o600);
    await syncFolder(folder);
    return new IntakeLog(path, file, 0);
  }

  /**
   * Adds records; resolves when they are on disk. One call at a time.
   *
   * @throws Error of the disk: then none of them is in the log
   */
  async append(records: readonly StoredRecord[]): Promise<void> {
    if (this.#broken) await this.#cutOff();
    const frames = encodeFrames(records.map(encode));
    try {
      let written = 0;
      while (written < frames.length) written += (await this.#file.write(frames, written)).bytesWritten;
      await this.#file.datasync();
    } catch (error) {
      this.#broken = true;
      await this.#cutOff();
      throw error;
    }
    this.#bytes += frames.length;
  }

  // What is behind an append that failed would be replayed, although nobody was told that it is kept.
  async #cutOff(): Promise<void> {
    await this.#file.truncate(this.#bytes);
    await this.#file.datasync();
    this.#broken = false;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async delete(): Promise<void> {
    await this.close();
    await rm(this.#path, { force: true });
  }
}

/**
 * The records of a log that an earlier process left. A write that a crash tore was never acknowledged: it is cut off.
 * A copy of a log with damaged bytes is put beside it, and reported: what was torn looks like damage at the end.
 */
export function readIntakeLog(path: string, log: ServeLog): StoredRecord[] {
  const bytes = readFileSync(path);
  const { frames, damaged } = scanFrames(bytes, true);
  const tail = damaged.at(-1);
  const isTorn = tail?.end === bytes.length;
  if (damaged.length > 0) {
    const aside = `${path}.damaged`;
    copyFileSync(path, aside);
    const isHarmless = isTorn && damaged.length === 1;
    if (isHarmless) log('warn', 'the last write into the intake log was torn', { path, aside });
    else log('error', 'the intake log is damaged', { path, aside, stretches: damaged.length });
  }
  if (tail && isTorn) {
    truncateSync(path, tail.start);
    const file = openSync(path, 'r');
    fsyncSync(file);
    closeSync(file);
  }
  return frames.map((frame) => decode(payloadOf(bytes, frame)));
}
