import { crc32 } from 'node:zlib';

/** A frame is a length and a CRC-32 (both 32 bit, little endian), then the payload. */
const HEADER_BYTES = 8;

export function encodeFrame(payload: string): Buffer {
  const length = Buffer.byteLength(payload);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + length);
  frame.write(payload, HEADER_BYTES, 'utf8');
  frame.writeUInt32LE(length, 0);
  frame.writeUInt32LE(crc32(frame.subarray(HEADER_BYTES)), 4);
  return frame;
}

export interface DecodedFrame {
  payload: string;
  /** Where the next frame begins. */
  end: number;
}

/** The frame at `offset`, or `undefined` where there is no whole and intact one (yet). */
export function decodeFrame(bytes: Buffer, offset: number): DecodedFrame | undefined {
  if (offset + HEADER_BYTES > bytes.length) return undefined;
  const start = offset + HEADER_BYTES;
  const end = start + bytes.readUInt32LE(offset);
  if (end > bytes.length) return undefined;
  const payload = bytes.subarray(start, end);
  if (crc32(payload) !== bytes.readUInt32LE(offset + 4)) return undefined;
  return { payload: payload.toString('utf8'), end };
}

/** Every intact frame from the beginning, and the offset at which they end: what follows was torn in a crash. */
export function decodeFrames(bytes: Buffer, from = 0): { frames: DecodedFrame[]; end: number } {
  const frames: DecodedFrame[] = [];
  let end = from;
  for (let frame = decodeFrame(bytes, end); frame; frame = decodeFrame(bytes, end)) {
    frames.push(frame);
    end = frame.end;
  }
  return { frames, end };
}
