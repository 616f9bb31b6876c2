import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AuditError } from '@auditrail/core';
import { folderProblem, isErrno } from './errno.ts';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.ts';

/** A holder of whom nothing else can be told counts as gone when its lock was not touched for so long, in milliseconds. */
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
    // Being written just now, or damaged: its age decides.
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
  return new AuditError('SPOOL_LOCKED', `the spool ${folder} is in use by ${by}: give each writer a folder of its own`);
}

/** The folder is there, and another process holds it or held it meanwhile: what is in it is no longer ours to deliver. */
class TakenOver extends Error {}

/** Whether an append failed because another process took the spool over: this writer needs another sub-spool. */
export function isTakenOver(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof TakenOver) return true;
  return false;
}

/**
 * The right to write into a spool folder. A holder that was stopped for so long that another process took its folder must
 * not go on: it calls `check()` after each write and before it says that the write is safe.
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
      // Whatever keeps it from being read: it cannot be said that it is ours.
      return false;
    }
  }

  /** @throws Error where the folder is not there any more, or was taken over. */
  check(): void {
    let found: string | undefined;
    try {
      found = readHolder(this.#file)?.text;
    } catch (cause) {
      throw new Error(`whose ${this.#folder} is cannot be read`, { cause });
    }
    if (found === this.#text) return;
    // Without a lock, but there: the other process has delivered what was in it, and left.
    if (found !== undefined || existsSync(this.#folder)) {
      throw new TakenOver(`${this.#folder} was taken over by another process, as this one was stopped for too long`);
    }
    throw new Error(`${this.#folder} is gone: put it back as it was, or restart this process`);
  }

  #touch(): void {
    if (!this.isOurs) return;
    try {
      utimesSync(this.#file, new Date(), new Date());
    } catch {
      // A folder that cannot be touched cannot be written either: the next append tells it to its caller.
    }
  }

  release(): void {
    clearInterval(this.#touching);
    if (!this.isOurs) return;
    try {
      rmSync(this.#file, { force: true });
    } catch {
      // A read-only folder: the lock counts as dead when this process is.
    }
  }
}

// Two processes may find the same dead lock: the rename tells which of them takes it, and whether it took the dead one.
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
 * Makes the folder and takes it for this thread: two writers would tear each other's files. The lock of a process or
 * thread that is gone is taken over: at once where it ran in the same container or machine since its boot, else when it was not touched
 * for {@link LOCK_STALE_MS}.
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
        // Made, but no room for its text: nobody holds it.
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
