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

// A position at which no frame begins or ends was not written by us: start from the beginning, never skip an entry.
function trusted(cursor: SpoolPosition, id: number, frames: readonly Stretch[]): boolean {
  const { segment, offset } = cursor;
  return id !== segment || offset === 0 || frames.some(({ start, end }) => offset === start || offset === end);
}

/** The saved position of entries that were sent and not committed; the cursor if none can be trusted. */
export function sentPosition(folder: string, cursor: SpoolPosition): SpoolPosition {
  const saved = new SpoolCursor(join(folder, SENT_FILE)).load();
  return saved !== undefined && saved !== 'damaged' && isBehind(saved, cursor) ? saved : cursor;
}

/**
 * Reads what an earlier process left in a folder, segment by segment, with a pause after each: counts intact entries, sets
 * damaged bytes aside, and cuts off a write that a crash tore (it was never acknowledged).
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
    // Entries that are sent twice are shown once.
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
      `${folder}: the position of delivery is unknown; entries are sent again, and readers recognize copies by their ids`,
    );
  }
  return recovered;
}

function cut(path: string, length: number, log: OperatorLog): void {
  try {
    truncateSync(path, length);
  } catch (error) {
    // Reading skips it anyway.
    log.warn(`${path} keeps its torn end: ${String(error)}`);
  }
}
