import { crc32 } from 'node:zlib';

/**
 * A frame is a mark, a CRC-32 and a length (32 bit, little endian), then the payload; the CRC covers length and payload.
 * The mark contains bytes that never occur in UTF-8, so no payload can look like the beginning of a frame, and the next frame
 * behind damaged bytes is found.
 */
const MARK = Buffer.from([0xff, 0x41, 0x54, 0xfe]);
const CRC_AT = MARK.length;
const LENGTH_AT = CRC_AT + 4;
const HEADER_BYTES = LENGTH_AT + 4;

/** Frames for the lines, one after the other. */
export function encodeFrames(lines: readonly string[]): Buffer {
  const lengths = lines.map((line) => Buffer.byteLength(line));
  const frames = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + HEADER_BYTES + length, 0));
  let at = 0;
  lines.forEach((line, i) => {
    const end = at + HEADER_BYTES + (lengths[i] ?? 0);
    frames.set(MARK, at);
    frames.writeUInt32LE(end - at - HEADER_BYTES, at + LENGTH_AT);
    frames.write(line, at + HEADER_BYTES, 'utf8');
    frames.writeUInt32LE(crc32(frames.subarray(at + LENGTH_AT, end)), at + CRC_AT);
    at = end;
  });
  return frames;
}

/** From `start` up to `end`, in bytes. */
export interface Stretch {
  start: number;
  end: number;
}

export interface ScannedFrames {
  frames: Stretch[];
  /** Bytes between or behind intact frames. */
  damaged: Stretch[];
  /** The offset up to which the bytes were scanned. */
  end: number;
}

/** The payload of a frame, as text. */
export function payloadOf(bytes: Buffer, { start, end }: Stretch): string {
  return bytes.toString('utf8', start + HEADER_BYTES, end);
}

function frameEnd(bytes: Buffer, start: number): number | undefined {
  const from = start + HEADER_BYTES;
  if (from > bytes.length || MARK.compare(bytes, start, start + MARK.length) !== 0) return undefined;
  const end = from + bytes.readUInt32LE(start + LENGTH_AT);
  if (end > bytes.length || crc32(bytes.subarray(start + LENGTH_AT, end)) !== bytes.readUInt32LE(start + CRC_AT)) {
    return undefined;
  }
  return end;
}

function nextFrame(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(MARK, from); at !== -1; at = bytes.indexOf(MARK, at + 1)) {
    if (frameEnd(bytes, at) !== undefined) return at;
  }
  return undefined;
}

/**
 * Finds all intact frames.
 *
 * @param whole nothing follows these bytes: an incomplete frame at their end is damaged, not only cut off
 */
export function scanFrames(bytes: Buffer, whole: boolean): ScannedFrames {
  const scanned: ScannedFrames = { frames: [], damaged: [], end: 0 };
  while (scanned.end < bytes.length) {
    const start = scanned.end;
    const end = frameEnd(bytes, start);
    if (end !== undefined) {
      scanned.frames.push({ start, end });
      scanned.end = end;
      continue;
    }
    const next = nextFrame(bytes, start + 1) ?? (whole ? bytes.length : undefined);
    if (next === undefined) break;
    scanned.damaged.push({ start, end: next });
    scanned.end = next;
  }
  return scanned;
}
