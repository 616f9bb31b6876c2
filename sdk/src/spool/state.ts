import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from './errno.ts';
import { lettersIn } from '../dead-letters/letter-queue.ts';
import { SpoolCursor } from './cursor.ts';
import { payloadOf, scanFrames } from './frame.ts';
import { sentPosition } from './recovery.ts';
import { notStoredIn } from './not-stored.ts';
import { CURSOR_FILE, segmentIds, segmentPath } from './segments.ts';
import { isBehind } from './spool.ts';
import { subSpools } from './sub-spools.ts';

/** The contents of one writer's spool. */
export interface SpoolState {
  folder: string;
  /** Entries that are not delivered. */
  pending: number;
  /** Entries that Loki has accepted, and that are kept until they were read back. */
  kept: number;
  /** Of these, the entries that Loki was seen not to hold; they are sent again. */
  notStored: number;
  /** When the oldest of them was made, in milliseconds since 1970; `undefined` if none waits or it cannot be read. */
  oldestMs?: number;
  /** Entries that were refused permanently. */
  deadLetters: number;
  /** Files with damaged bytes that were set aside. */
  damagedFiles: number;
}

function timeOf(line: string): number | undefined {
  try {
    const { time } = JSON.parse(line) as { time?: unknown };
    const ms = typeof time === 'string' ? Date.parse(time) : NaN;
    return Number.isNaN(ms) ? undefined : ms;
  } catch {
    // Not an entry: it counts, but it has no age.
    return undefined;
  }
}

// The writer may deliver and delete a segment at any time.
function readSegment(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function stateOf(folder: string): Promise<SpoolState> {
  const saved = new SpoolCursor(join(folder, CURSOR_FILE)).load();
  const cursor = saved === undefined || saved === 'damaged' ? { segment: 0, offset: 0 } : saved;
  const sent = saved === 'damaged' ? cursor : sentPosition(folder, cursor);
  const state: SpoolState = {
    folder,
    pending: 0,
    kept: 0,
    notStored: notStoredIn(folder),
    deadLetters: 0,
    damagedFiles: 0,
  };
  for (const id of segmentIds(folder)) {
    if (id < cursor.segment) continue;
    const bytes = readSegment(segmentPath(folder, id));
    if (!bytes) continue;
    const from = id === cursor.segment ? cursor.offset : 0;
    const rest = bytes.subarray(from);
    const { frames } = scanFrames(rest, false);
    const waiting = frames.filter(({ end }) => isBehind({ segment: id, offset: from + end }, sent));
    const first = waiting[0];
    if (first && state.pending === 0) {
      const oldestMs = timeOf(payloadOf(rest, first));
      if (oldestMs !== undefined) state.oldestMs = oldestMs;
    }
    state.pending += waiting.length;
    state.kept += frames.length - waiting.length;
  }
  const letters = lettersIn(folder);
  while (!(await letters.next()).done) state.deadLetters += 1;
  state.damagedFiles = readdirSync(folder).filter((name) => name.includes('.damaged-at-')).length;
  return state;
}

/**
 * What the writers that share a spool folder have not delivered, and what was refused. It only reads and takes no lock, because
 * the application may be running and only its user can write there. Reads all pending entries.
 *
 * @throws AuditError `SPOOL_UNAVAILABLE` if the folder cannot be read
 * @example await spoolStates('./data/audit-spool'); // [{ folder: '…/0', pending: 3, oldestMs: 1790000000000, deadLetters: 0, … }]
 */
export async function spoolStates(folder: string): Promise<SpoolState[]> {
  const states: SpoolState[] = [];
  for (const spool of subSpools(folder)) states.push(await stateOf(spool));
  return states;
}
