import { AuditError } from '@auditrail/core';
import type { Spool, SpoolBatch, SpoolMark, SpoolPosition } from '../spool/spool.ts';

/**
 * A spool in memory, for tests: undelivered entries are lost when the process ends.
 *
 * @example
 * const spool = new MemorySpool();
 * await spool.append(['{"action":"user.login"}']);
 */
export class MemorySpool implements Spool {
  readonly #maxBytes: number;
  #lines: string[] = [];
  #committed = 0;
  /** How many of `#lines` are sent and not yet committed. */
  #sent = 0;
  #lastLine: string | undefined;
  #closed = false;

  /** @param options.maxBytes limit for the lines in the spool; `append` rejects above it. Default: 64 MiB */
  constructor({ maxBytes = 64 * 2 ** 20 }: { maxBytes?: number } = {}) {
    this.#maxBytes = maxBytes;
  }

  get pending(): number {
    return this.#lines.length - this.#sent;
  }

  get bytes(): number {
    return sizeOf(this.#lines.slice(this.#sent));
  }

  get kept(): number {
    return this.#sent;
  }

  get keptBytes(): number {
    return sizeOf(this.#lines.slice(0, this.#sent));
  }

  get lastLine(): string | undefined {
    return this.#lastLine;
  }

  append(lines: readonly string[]): Promise<void> {
    const bytes = sizeOf(lines);
    if (this.#closed) return Promise.reject(new AuditError('SPOOL_UNAVAILABLE', 'the spool is closed'));
    if (sizeOf(this.#lines) + bytes > this.#maxBytes) {
      const message = `${this.#lines.length} undelivered entries fill the spool's ${this.#maxBytes} bytes`;
      return Promise.reject(new AuditError('SPOOL_FULL', message));
    }
    this.#lines = this.#lines.concat(lines);
    this.#lastLine = lines.at(-1) ?? this.#lastLine;
    return Promise.resolve();
  }

  read(maxBytes: number, from?: SpoolPosition): Promise<SpoolBatch> {
    const start = from ? from.offset - this.#committed : this.#sent;
    const waiting = this.#lines.slice(Math.max(start, 0), from && this.#sent);
    let bytes = 0;
    const over = waiting.findIndex((line) => (bytes += Buffer.byteLength(line)) > maxBytes);
    const lines = over === -1 ? waiting : waiting.slice(0, Math.max(over, 1));
    const at = (index: number) => ({ segment: 1, offset: this.#committed + index });
    return Promise.resolve({ lines, count: lines.length, start: at(start), end: at(start + lines.length) });
  }

  sent({ end }: SpoolMark): Promise<void> {
    this.#sent = Math.max(this.#sent, end.offset - this.#committed);
    return Promise.resolve();
  }

  commit({ end }: SpoolMark): Promise<void> {
    const done = this.#lines.splice(0, Math.max(end.offset - this.#committed, 0));
    this.#committed += done.length;
    this.#sent = Math.max(this.#sent - done.length, 0);
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
