import { readFileSync, readlinkSync } from 'node:fs';

/** Tells a process from every other one, also from one that bears its pid later, or in another container. */
export interface ProcessIdentity {
  pid: number;
  /** Ticks since boot at which it started (Linux); pids are given again, this is not. */
  start?: string;
  /** The system's boot (Linux). */
  boot?: string;
  /** The pid namespace (Linux): in every container the first process is 1. */
  space?: string;
}

// Beyond Linux there is no /proc; what it would tell is left open.
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

function processState(pid: number): ProcessState | undefined {
  // The name, in brackets, may itself hold blanks and brackets.
  const stat = proc(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields ?? [];
  const start = fields?.[19];
  // Z: killed, and only its parent has not noticed yet.
  return start === undefined ? undefined : { start, dead: state === 'Z' || state === 'X' };
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  const start = processState(process.pid)?.start;
  const boot = proc(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'));
  const space = proc(() => readlinkSync('/proc/self/ns/pid'));
  return {
    pid: process.pid,
    ...(start !== undefined && { start }),
    ...(boot !== undefined && { boot }),
    ...(space !== undefined && { space }),
  };
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Whether the process still runs; `unknown` where it cannot be told from here: in another container or host, before a
 * reboot, without /proc, or as this very process (whose thread may have ended).
 */
export function isRunning(process: ProcessIdentity, own: ProcessIdentity): boolean | 'unknown' {
  if (process.boot !== own.boot || process.space !== own.space) return 'unknown';
  if (process.pid === own.pid) return process.start === own.start ? 'unknown' : false;
  const state = processState(process.pid);
  if (state && process.start !== undefined) return !state.dead && state.start === process.start;
  return answersSignals(process.pid) ? 'unknown' : false;
}
