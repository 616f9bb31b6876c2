import { readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { OperatorLog } from '../log.ts';
import type { BacklogState } from './backlog.ts';
import { SpoolCursor } from './cursor.ts';
import { payloadOf, scanFrames, type Stretch } from './frame.ts';
import { CURSOR_FILE, segmentIds, segmentPath, SENT_FILE, setAside } from './segments.ts';
import { isBehind, type SpoolPosition } from './spool.ts';

export interface RecoveredSpool extends BacklogState {
  lastLine: string | undefined;
  damaged: number;
}

// A position that no frame begins or ends at was not written by us: from the beginning again, never past an entry.
function trusted(cursor: SpoolPosition, id: number, frames: readonly Stretch[]): boolean {
  const { segment, offset } = cursor;
  return id !== segment || offset === 0 || frames.some(({ start, end }) => offset === start || offset === end);
}

/** The saved position of entries that were sent and not committed; the cursor's where there is none that can be trusted. */
export function sentPosition(folder: string, cursor: SpoolPosition): SpoolPosition {
  const saved = new SpoolCursor(join(folder, SENT_FILE)).load();
  return saved !== undefined && saved !== 'damaged' && isBehind(saved, cursor) ? saved : cursor;
}

/**
 * Reads what an earlier process left in a folder, segment by segment (a pause is offered after each): intact entries are
 * counted, damaged bytes kept aside, and a write that a crash tore is cut off (nobody was told that it was safe).
 */
export function* recoverSpool(folder: string, log: OperatorLog): Generator<void, RecoveredSpool> {
  const ids = segmentIds(folder);
  const start: SpoolPosition = { segment: ids[0] ?? 0, offset: 0 };
  const saved = new SpoolCursor(join(folder, CURSOR_FILE)).load();
  const known = saved !== undefined && saved !== 'damaged' && (ids.length === 0 || saved.segment <= (ids.at(-1) ?? 0));
  const cursor = known ? saved : start;
  const sent = known || saved === undefined ? sentPosition(folder, cursor) : cursor;
  const recovered: RecoveredSpool = { segments: [], cursor, sent, lastLine: undefined, damaged: 0 };
  const ends = new Map<number, number[]>();
  let distrusted = saved !== undefined && !known;

  for (const id of ids) {
    const path = segmentPath(folder, id);
    const bytes = readFileSync(path);
    const { frames, damaged } = scanFrames(bytes, true);
    const tail = damaged.at(-1);
    const torn = id === ids.at(-1) && tail?.end === bytes.length ? tail : undefined;
    for (const stretch of damaged) recovered.damaged += setAside(path, bytes, stretch, log, 0, stretch === torn);
    if (torn) cut(path, torn.start, log);
    if (!trusted(recovered.cursor, id, frames)) {
      recovered.cursor = { segment: id, offset: 0 };
      distrusted = true;
    }
    // What is sent twice shows once.
    if (!trusted(recovered.sent, id, frames)) recovered.sent = recovered.cursor;
    const last = frames.at(-1);
    if (last) recovered.lastLine = payloadOf(bytes, last);
    if (bytes.length === 0) rmSync(path, { force: true });
    else recovered.segments.push({ id, path, bytes: torn?.start ?? bytes.length, pending: 0, kept: 0 });
    ends.set(
      id,
      frames.map(({ end }) => end),
    );
    yield;
  }
  // A position in a segment that is gone.
  if ((ids.at(-1) ?? 0) < recovered.sent.segment || isBehind(recovered.cursor, recovered.sent)) {
    recovered.sent = recovered.cursor;
  }
  for (const segment of recovered.segments) {
    const all = ends.get(segment.id) ?? [];
    const behind = (position: SpoolPosition) => {
      if (segment.id !== position.segment) return segment.id > position.segment ? all.length : 0;
      return all.filter((offset) => offset > position.offset).length;
    };
    segment.pending = behind(recovered.sent);
    segment.kept = behind(recovered.cursor) - segment.pending;
  }
  if (distrusted) {
    log.warn(
      `${folder}: how far it was delivered is not known; entries are sent again, readers tell the copies by their ids`,
    );
  }
  return recovered;
}

function cut(path: string, length: number, log: OperatorLog): void {
  try {
    truncateSync(path, length);
  } catch (error) {
    // It is skipped all the same.
    log.warn(`${path} keeps its torn end: ${String(error)}`);
  }
}
