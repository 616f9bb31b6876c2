import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AuditError } from '@auditrail/core';
import { folderProblem, isErrno } from './errno.ts';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.ts';

/** A holder about which nothing else is known counts as dead after this time without a touch of its lock, in milliseconds. */
export const LOCK_STALE_MS = 60_000;
const TOUCH_MS = 10_000;

interface Holder {
  text: string;
  process: ProcessIdentity | undefined;
  touchedMs: number;
}

function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    const { pid, start, boot, space, thread } = JSON.parse(text) as Partial<ProcessIdentity>;
    if (pid === undefined || !Number.isInteger(pid)) return undefined;
    return { pid, ...(start && { start }), ...(boot && { boot }), ...(space && { space }), ...(thread && { thread }) };
  } catch {
    // It is being written, or is damaged: its age decides.
    return undefined;
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    return { text, process: parseHolder(text), touchedMs: statSync(file).mtimeMs };
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isHeld({ process, touchedMs }: Holder, own: ProcessIdentity): boolean {
  const running = process ? isRunning(process, own) : 'unknown';
  return running === 'unknown' ? Math.abs(Date.now() - touchedMs) < LOCK_STALE_MS : running;
}

function locked(folder: string, pid?: number): AuditError {
  const by = pid === undefined ? 'another process' : `process ${pid}`;
  return new AuditError('SPOOL_LOCKED', `the spool ${folder} is in use by ${by}: give each writer its own folder`);
}

/** Another process holds the folder, or held it meanwhile: this process must not deliver what is in it. */
class TakenOver extends Error {}

/** Whether an append failed because another process took the spool over: this writer needs another sub-spool. */
export function isTakenOver(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof TakenOver) return true;
  return false;
}

/**
 * The right to write into a spool folder. A holder that was stopped for so long that another process took its folder must not
 * continue: it calls `check()` after each write, before it acknowledges the write.
 */
export class SpoolLock {
  readonly #folder: string;
  readonly #file: string;
  readonly #text: string;
  readonly #touching: NodeJS.Timeout;

  /** @internal use {@link lockSpool} */
  constructor(folder: string, file: string, text: string) {
    this.#folder = folder;
    this.#file = file;
    this.#text = text;
    this.#touching = setInterval(() => this.#touch(), TOUCH_MS).unref();
  }

  get isOurs(): boolean {
    try {
      return readFileSync(this.#file, 'utf8') === this.#text;
    } catch {
      // A lock that cannot be read does not prove that it is ours.
      return false;
    }
  }

  /** @throws Error if the folder does not exist any more, or was taken over. */
  check(): void {
    let found: string | undefined;
    try {
      found = readHolder(this.#file)?.text;
    } catch (cause) {
      throw new Error(`the lock of ${this.#folder} cannot be read`, { cause });
    }
    if (found === this.#text) return;
    // A folder without a lock: the other process has delivered its entries and released it.
    if (found !== undefined || existsSync(this.#folder)) {
      throw new TakenOver(
        `${this.#folder} was taken over by another process, because this one was stopped for too long`,
      );
    }
    throw new Error(`${this.#folder} does not exist any more: put it back as it was, or restart this process`);
  }

  #touch(): void {
    if (!this.isOurs) return;
    try {
      utimesSync(this.#file, new Date(), new Date());
    } catch {
      // A folder that cannot be touched cannot be written either: the next append rejects.
    }
  }

  release(): void {
    clearInterval(this.#touching);
    if (!this.isOurs) return;
    try {
      rmSync(this.#file, { force: true });
    } catch {
      // A read-only folder: the lock counts as dead after this process ends.
    }
  }
}

// Two processes may find the same dead lock: the rename decides which of them takes it, and shows whether it took that one.
function removeDead(file: string, dead: Holder): boolean {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return true;
    throw error;
  }
  if (readHolder(aside)?.text !== dead.text) {
    renameSync(aside, file);
    return false;
  }
  rmSync(aside, { force: true });
  return true;
}

/**
 * Creates the folder and locks it for this thread: two writers would damage each other's files. The lock of a dead process or
 * thread is taken over: immediately if it ran in the same container or machine since its boot, otherwise after
 * {@link LOCK_STALE_MS} without a touch.
 *
 * @throws AuditError `SPOOL_LOCKED`, `SPOOL_UNAVAILABLE`
 */
export function lockSpool(folder: string): SpoolLock {
  const file = join(folder, 'lock');
  const own = ownIdentity();
  const text = JSON.stringify({ ...own, token: randomUUID() });
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
        return new SpoolLock(folder, file, text);
      } catch (error) {
        // The file was created, but the disk has no room for its text: nobody holds the lock.
        if ((error as NodeJS.ErrnoException).syscall === 'write') rmSync(file, { force: true });
        if (!isErrno(error, 'EEXIST')) throw error;
      }
      const holder = readHolder(file);
      if (holder && (isHeld(holder, own) || !removeDead(file, holder))) throw locked(folder, holder.process?.pid);
    }
    throw locked(folder);
  } catch (cause) {
    if (cause instanceof AuditError) throw cause;
    throw new AuditError('SPOOL_UNAVAILABLE', `cannot use the spool ${folder}: ${folderProblem(folder, cause)}`, {
      cause,
    });
  }
}
