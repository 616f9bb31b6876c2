import { readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { OperatorLog } from './log.ts';
import { SpoolCursor } from './spool-cursor.ts';
import { payloadOf, scanFrames, type Stretch } from './spool-frame.ts';
import { CURSOR_FILE, segmentIds, segmentPath, setAside, type Segment } from './spool-segments.ts';
import type { SpoolPosition } from './spool.ts';

export interface RecoveredSpool {
  segments: Segment[];
  cursor: SpoolPosition;
  lastLine: string | undefined;
  damaged: number;
}

// A position that no frame begins or ends at was not written by us: from the beginning again, never past an entry.
function trusted(cursor: SpoolPosition, id: number, frames: readonly Stretch[]): boolean {
  const { segment, offset } = cursor;
  return id !== segment || offset === 0 || frames.some(({ start, end }) => offset === start || offset === end);
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
  const recovered: RecoveredSpool = { segments: [], cursor: known ? saved : start, lastLine: undefined, damaged: 0 };
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
    const last = frames.at(-1);
    if (last) recovered.lastLine = payloadOf(bytes, last);
    if (bytes.length === 0) rmSync(path, { force: true });
    else recovered.segments.push({ id, path, bytes: torn?.start ?? bytes.length, pending: frames.length });
    const { segment, offset } = recovered.cursor;
    const current = recovered.segments.at(-1);
    if (current?.id === id && id <= segment) {
      current.pending = id < segment ? 0 : frames.filter(({ end }) => end > offset).length;
    }
    yield;
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
