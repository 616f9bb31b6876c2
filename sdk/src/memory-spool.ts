import { AuditError } from '@auditrail/core';
import type { Spool, SpoolBatch } from './spool.ts';

/**
 * A spool without a disk, for the tests of an application: entries that are not delivered are gone with the process.
 *
 * @example
 * const spool = new MemorySpool();
 * await spool.append(['{"action":"user.login"}']);
 */
export class MemorySpool implements Spool {
  readonly #maxBytes: number;
  #lines: string[] = [];
  #committed = 0;
  #bytes = 0;
  #lastLine: string | undefined;
  #closed = false;

  /** @param options.maxBytes bytes of undelivered lines at which `append` refuses; default 64 MiB */
  constructor({ maxBytes = 64 * 2 ** 20 }: { maxBytes?: number } = {}) {
    this.#maxBytes = maxBytes;
  }

  get pending(): number {
    return this.#lines.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get lastLine(): string | undefined {
    return this.#lastLine;
  }

  append(lines: readonly string[]): Promise<void> {
    const bytes = sizeOf(lines);
    if (this.#closed) return Promise.reject(new AuditError('SPOOL_UNAVAILABLE', 'the spool is closed'));
    if (this.#bytes + bytes > this.#maxBytes) {
      const message = `${this.#lines.length} undelivered entries fill the spool's ${this.#maxBytes} bytes`;
      return Promise.reject(new AuditError('SPOOL_FULL', message));
    }
    this.#lines = this.#lines.concat(lines);
    this.#bytes += bytes;
    this.#lastLine = lines.at(-1) ?? this.#lastLine;
    return Promise.resolve();
  }

  read(maxBytes: number): Promise<SpoolBatch> {
    let bytes = 0;
    const over = this.#lines.findIndex((line) => (bytes += Buffer.byteLength(line)) > maxBytes);
    const lines = over === -1 ? this.#lines : this.#lines.slice(0, Math.max(over, 1));
    return Promise.resolve({ lines: [...lines], end: { segment: 1, offset: this.#committed + lines.length } });
  }

  commit({ end }: SpoolBatch): Promise<void> {
    const done = this.#lines.splice(0, Math.max(end.offset - this.#committed, 0));
    this.#committed += done.length;
    this.#bytes -= sizeOf(done);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}

function sizeOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
}
