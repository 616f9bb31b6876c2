import { readFileSync, readlinkSync } from 'node:fs';

/** Identifies a process, even if another one has its pid later or in another container. */
export interface ProcessIdentity {
  pid: number;
  /** Ticks since boot at which it started (Linux); pids are reused, this is not. */
  start?: string;
  /** The system's boot (Linux). */
  boot?: string;
  /** The pid namespace (Linux): in every container the first process is 1. */
  space?: string;
  /** The thread, and the ticks since boot at which it started (Linux): a thread can be killed while its process runs. */
  thread?: { id: number; start: string };
}

// Only Linux has /proc; on other systems its facts are missing.
function proc(read: () => string): string | undefined {
  try {
    return read().trim();
  } catch {
    return undefined;
  }
}

interface ProcessState {
  start: string;
  dead: boolean;
}

function processState(pid: number, thread?: number): ProcessState | undefined {
  // The name, in parentheses, may contain spaces and parentheses.
  const path = thread === undefined ? `/proc/${pid}` : `/proc/${pid}/task/${thread}`;
  const stat = proc(() => readFileSync(`${path}/stat`, 'latin1'));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields ?? [];
  const start = fields?.[19];
  // Z: killed, but its parent has not collected its exit status yet.
  return start === undefined ? undefined : { start, dead: state === 'Z' || state === 'X' };
}

function ownThread(): ProcessIdentity['thread'] {
  const id = Number(
    proc(() => readlinkSync('/proc/thread-self'))
      ?.split('/')
      .at(-1),
  );
  const start = Number.isInteger(id) ? processState(process.pid, id)?.start : undefined;
  return start === undefined ? undefined : { id, start };
}

/** This process and thread. */
export function ownIdentity(): ProcessIdentity {
  const start = processState(process.pid)?.start;
  const boot = proc(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'));
  const space = proc(() => readlinkSync('/proc/self/ns/pid'));
  const thread = ownThread();
  return {
    pid: process.pid,
    ...(start !== undefined && { start }),
    ...(boot !== undefined && { boot }),
    ...(space !== undefined && { space }),
    ...(thread !== undefined && { thread }),
  };
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is running, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Whether the process, and the thread in it, is still running; `unknown` if this process cannot find out: the other one ran in
 * another container or host, or before a reboot, or there is no /proc (also for another thread of this process).
 */
export function isRunning(process: ProcessIdentity, own: ProcessIdentity): boolean | 'unknown' {
  if (process.boot !== own.boot || process.space !== own.space) return 'unknown';
  const state = processState(process.pid);
  if (state && process.start !== undefined) {
    if (state.dead || state.start !== process.start) return false;
    return threadRuns(process);
  }
  if (process.pid === own.pid) return process.start === own.start ? 'unknown' : false;
  return answersSignals(process.pid) ? 'unknown' : false;
}

function threadRuns({ pid, thread }: ProcessIdentity): boolean | 'unknown' {
  if (thread === undefined) return pid === process.pid ? 'unknown' : true;
  const state = processState(pid, thread.id);
  return state !== undefined && !state.dead && state.start === thread.start;
}
