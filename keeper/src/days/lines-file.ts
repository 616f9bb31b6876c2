import { constants, crc32, zstdCompress, zstdDecompress, type ZstdOptions } from 'node:zlib';
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * The lines of one segment, in the order of its rows, so that a few of them can be read without unpacking a day.
 *
 * A file is blocks of {@link LINES_PER_BLOCK} lines, an index and a footer. A block is a zstd frame with a checksum: the
 * byte length of each line (32 bit), then their UTF-8. The index has the offset of each block and the end of the last (64
 * bit); the footer the number of lines, the CRC-32 of the index and this number (32 bit each), and a mark. All numbers are little endian.
 */
export const LINES_PER_BLOCK = 32;

const MARK = Buffer.from('ATLINES1');
const FOOTER_BYTES = 8 + MARK.length;
// Readers at once: as many as libuv has threads.
const READS_AT_ONCE = 4;

const COMPRESSION: ZstdOptions = {
  params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
};
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Thrown if a file of lines is damaged: its message names the file and what is wrong. */
export class DamagedLines extends Error {
  override readonly name = 'DamagedLines';

  constructor(path: string, problem: string, cause?: unknown) {
    super(`${path} is damaged: ${problem}`, { cause });
  }
}

function encodeBlock(lines: readonly string[]): Buffer {
  const texts = lines.map((line) => Buffer.from(line));
  const lengths = Buffer.alloc(4 * texts.length);
  texts.forEach((text, i) => lengths.writeUInt32LE(text.length, 4 * i));
  return Buffer.concat([lengths, ...texts]);
}

/** Writes lines to a new file, which is synced before this resolves. @returns its size in bytes, and the number of lines */
export async function writeLines(
  path: string,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<{ bytes: number; count: number }> {
  const file = await open(path, 'wx', 0o600);
  try {
    const offsets: number[] = [];
    let at = 0;
    let count = 0;
    const write = async (bytes: Buffer) => {
      let written = 0;
      while (written < bytes.length) {
        written += (await file.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
      }
      at += bytes.length;
    };
    let block: string[] = [];
    const flush = async () => {
      offsets.push(at);
      count += block.length;
      await write(await compress(encodeBlock(block), COMPRESSION));
      block = [];
    };
    for await (const line of lines) if (block.push(line) === LINES_PER_BLOCK) await flush();
    if (block.length > 0) await flush();
    offsets.push(at);
    const index = Buffer.alloc(8 * offsets.length);
    offsets.forEach((offset, i) => index.writeBigUInt64LE(BigInt(offset), 8 * i));
    const footer = Buffer.alloc(8);
    footer.writeUInt32LE(count, 0);
    footer.writeUInt32LE(crc32(footer.subarray(0, 4), crc32(index)), 4);
    await write(Buffer.concat([index, footer, MARK]));
    await file.sync();
    return { bytes: at, count };
  } finally {
    await file.close();
  }
}

interface LinesIndex {
  /** Of each block, and the end of the last. */
  offsets: Float64Array;
  count: number;
}

async function readIndex(path: string, file: FileHandle): Promise<LinesIndex> {
  const { size } = await file.stat();
  const footer = await readAt(file, Math.max(0, size - FOOTER_BYTES), FOOTER_BYTES);
  if (footer.length < FOOTER_BYTES || !footer.subarray(8).equals(MARK)) {
    throw new DamagedLines(path, 'its end is missing');
  }
  const count = footer.readUInt32LE(0);
  const bytes = 8 * (Math.ceil(count / LINES_PER_BLOCK) + 1);
  const index = await readAt(file, Math.max(0, size - FOOTER_BYTES - bytes), bytes);
  if (index.length < bytes || crc32(footer.subarray(0, 4), crc32(index)) !== footer.readUInt32LE(4)) {
    throw new DamagedLines(path, 'its index does not match its checksum');
  }
  const offsets = Float64Array.from({ length: bytes / 8 }, (_, i) => Number(index.readBigUInt64LE(8 * i)));
  return { offsets, count };
}

/**
 * Reads lines by their row. The file is open only while it is read, because there are many; its index is in memory from the
 * first time on: 8 bytes for each block.
 */
export class LinesFile {
  readonly #path: string;
  #index: LinesIndex | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The lines of these rows, in their order.
   *
   * @throws DamagedLines
   */
  read(rows: readonly number[]): Promise<string[]> {
    return this.#opened(async (file, index) => {
      const blocks = new Set(rows.map((row) => Math.floor(row / LINES_PER_BLOCK)));
      const unpacked = new Map<number, string[]>();
      const next = blocks.values();
      const readAll = async () => {
        for (const block of next) unpacked.set(block, await this.#block(file, index, block));
      };
      await Promise.all(Array.from({ length: READS_AT_ONCE }, readAll));
      return rows.map((row) => {
        const line = unpacked.get(Math.floor(row / LINES_PER_BLOCK))?.[row % LINES_PER_BLOCK];
        if (line === undefined) throw new DamagedLines(this.#path, `it has ${index.count} lines, and not line ${row}`);
        return line;
      });
    });
  }

  /** All lines in the order of their rows. */
  async *readAll(): AsyncGenerator<string, void> {
    const file = await open(this.#path, 'r');
    try {
      const index = (this.#index ??= await readIndex(this.#path, file));
      for (let block = 0; block < index.offsets.length - 1; block++) yield* await this.#block(file, index, block);
    } finally {
      await file.close();
    }
  }

  async #opened<T>(work: (file: FileHandle, index: LinesIndex) => Promise<T>): Promise<T> {
    const file = await open(this.#path, 'r');
    try {
      return await work(file, (this.#index ??= await readIndex(this.#path, file)));
    } finally {
      await file.close();
    }
  }

  async #block(file: FileHandle, { offsets, count }: LinesIndex, block: number): Promise<string[]> {
    const [start, end] = [offsets[block], offsets[block + 1]];
    if (start === undefined || end === undefined) return [];
    const bytes = await decompress(await readAt(file, start, end - start)).catch((cause: unknown) => {
      throw new DamagedLines(this.#path, `block ${block} cannot be unpacked`, cause);
    });
    const inBlock = Math.min(LINES_PER_BLOCK, count - block * LINES_PER_BLOCK);
    let at = 4 * inBlock;
    return Array.from({ length: inBlock }, (_, i) => {
      const from = at;
      at += bytes.readUInt32LE(4 * i);
      return bytes.toString('utf8', from, at);
    });
  }
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await file.read(bytes, read, length - read, at + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}
