import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../terminal/usage-error.ts';

// Enough for all signatures below.
const HEAD_BYTES = 8;

/** Files that are not text: their first bytes, and their name. */
const BINARY: readonly (readonly [signature: string, name: string])[] = [
  ['504b0304', 'a ZIP archive (or an .xlsx workbook): extract the NDJSON file'],
  ['28b52ffd', 'compressed with Zstandard: decompress it first'],
  ['fd377a585a00', 'compressed with xz: decompress it first'],
  ['425a68', 'compressed with bzip2: decompress it first'],
  ['377abcaf271c', 'a 7-Zip archive: extract the NDJSON file'],
  ['25504446', 'a PDF document: give the NDJSON file'],
  ['fffe0000', 'text in UTF-32: convert it to UTF-8'],
  ['0000feff', 'text in UTF-32: convert it to UTF-8'],
];

type Bytes = AsyncIterator<Uint8Array, undefined>;

async function* joined(head: Uint8Array, rest: Bytes): AsyncGenerator<Uint8Array, void> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** The first bytes, and everything from the beginning. */
async function peek(bytes: Bytes): Promise<{ head: Buffer; all: AsyncGenerator<Uint8Array, void> }> {
  let head = Buffer.alloc(0);
  while (head.length < HEAD_BYTES) {
    const next = await bytes.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  return { head, all: joined(head, bytes) };
}

function encodingOf(head: Buffer): { encoding: string; note?: string } {
  const hex = head.toString('hex');
  if (hex.startsWith('efbbbf')) return { encoding: 'utf-8', note: 'UTF-8 with a byte order mark' };
  // JSON begins with two ASCII characters, so every second byte is 0 in UTF-16 without a mark.
  if (hex.startsWith('fffe') || /^(?!00)..00(?!00)..00/.test(hex)) return { encoding: 'utf-16le', note: 'UTF-16' };
  if (hex.startsWith('feff') || /^00(?!00)..00(?!00)/.test(hex)) return { encoding: 'utf-16be', note: 'UTF-16' };
  return { encoding: 'utf-8' };
}

const iterate = (source: Readable) => source[Symbol.asyncIterator]() as Bytes;

/**
 * The text of a file as it comes: decompressed (gzip) and decoded (UTF-8, UTF-16). `-` is standard input. It is opened on
 * first read.
 *
 * @param onNote called with each conversion of the bytes
 * @throws UsageError for a kind of file without lines
 */
export async function* decodeText(file: string, onNote: (note: string) => void): AsyncGenerator<string, void> {
  let { head, all } = await peek(iterate(file === '-' ? process.stdin : createReadStream(file)));
  if (head[0] === 0x1f && head[1] === 0x8b) {
    onNote('gzip');
    const packed = Readable.from(all);
    const gunzip = createGunzip();
    packed.once('error', (error) => gunzip.destroy(error));
    ({ head, all } = await peek(iterate(packed.pipe(gunzip))));
  }
  const hex = head.toString('hex');
  const binary = BINARY.find(([signature]) => hex.startsWith(signature));
  if (binary) throw new UsageError(`${file === '-' ? 'standard input' : file} is ${binary[1]}`);
  const { encoding, note } = encodingOf(head);
  if (note !== undefined) onNote(note);
  const decoder = new TextDecoder(encoding);
  for await (const chunk of all) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}
