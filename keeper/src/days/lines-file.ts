import { constants, crc32, zstdCompressSync, zstdDecompressSync, type ZstdOptions } from 'node:zlib';
import { open, type FileHandle } from 'node:fs/promises';
import { readAt, writeAt } from '../export/file-bytes.ts';

/**
 * The lines of one segment, in the order of its rows, so that a few of them can be read without unpacking a day.
 *
 * A file is blocks of up to {@link LINES_PER_BLOCK} lines, an index and a footer. A block is a zstd frame with a checksum: the
 * byte length of each line (32 bit), then their UTF-8. The index has the offset of each block (64 bit) and its first row (32
 * bit), and as its last item the end of the last block and the number of lines; the footer has the number of blocks, the
 * CRC-32 of the index and this number (32 bit each), and a mark. All numbers are little endian.
 */
export const LINES_PER_BLOCK = 32;

const MARK = Buffer.from('ATLINES2');
const ITEM_BYTES = 12;
const FOOTER_BYTES = 8 + MARK.length;
// Readers at once: as many as libuv has threads.
const READS_AT_ONCE = 4;
const BLOCKS_A_WRITE = 16;
// Of packed blocks, at once.
const READ_BYTES = 1_000_000;

// Higher levels take twice the time for 1% less: the repetitions are near each other.
const COMPRESSION: ZstdOptions = {
  params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
};

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

/** What was written into a file of lines. */
export interface WrittenLines {
  bytes: number;
  /** The number of lines. */
  count: number;
}

/** Writes blocks one after the other, then their index. */
class BlockWriter {
  readonly #file: FileHandle;
  readonly #blocks: { offset: number; firstRow: number }[] = [];
  #at = 0;
  #count = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Writes blocks, each with its length in bytes and its number of lines. */
  async write(bytes: Buffer, blocks: readonly PackedBlock[]): Promise<void> {
    let offset = this.#at;
    for (const { length, count } of blocks) {
      this.#blocks.push({ offset, firstRow: this.#count });
      offset += length;
      this.#count += count;
    }
    await this.#write(bytes);
  }

  async #write(bytes: Buffer): Promise<void> {
    await writeAt(this.#file, this.#at, bytes);
    this.#at += bytes.length;
  }

  async end(): Promise<WrittenLines> {
    const items = [...this.#blocks, { offset: this.#at, firstRow: this.#count }];
    const index = Buffer.alloc(ITEM_BYTES * items.length);
    items.forEach(({ offset, firstRow }, i) => {
      index.writeBigUInt64LE(BigInt(offset), ITEM_BYTES * i);
      index.writeUInt32LE(firstRow, ITEM_BYTES * i + 8);
    });
    const footer = Buffer.alloc(8);
    footer.writeUInt32LE(this.#blocks.length, 0);
    footer.writeUInt32LE(crc32(footer.subarray(0, 4), crc32(index)), 4);
    await this.#write(Buffer.concat([index, footer, MARK]));
    await this.#file.sync();
    return { bytes: this.#at, count: this.#count };
  }
}

interface PackedBlock {
  /** In bytes. */
  length: number;
  /** Its number of lines. */
  count: number;
}

async function writeBlocks(path: string, write: (to: BlockWriter) => Promise<void>): Promise<WrittenLines> {
  const file = await open(path, 'wx', 0o600);
  try {
    const writer = new BlockWriter(file);
    await write(writer);
    return await writer.end();
  } finally {
    await file.close();
  }
}

/** Writes lines to a new file, which is synced before this resolves. */
export function writeLines(path: string, lines: Iterable<string>): Promise<WrittenLines> {
  return writeBlocks(path, async (to) => {
    let block: string[] = [];
    let packed: Buffer[] = [];
    let blocks: PackedBlock[] = [];
    // A tenth of a millisecond: another thread would take longer to begin.
    const pack = () => {
      const bytes = zstdCompressSync(encodeBlock(block), COMPRESSION);
      packed.push(bytes);
      blocks.push({ length: bytes.length, count: block.length });
      block = [];
    };
    const write = async () => {
      await to.write(Buffer.concat(packed), blocks);
      [packed, blocks] = [[], []];
    };
    for (const line of lines) {
      if (block.push(line) === LINES_PER_BLOCK) pack();
      if (packed.length === BLOCKS_A_WRITE) await write();
    }
    if (block.length > 0) pack();
    await write();
  });
}

/**
 * Writes the lines of several files to a new one, one file after the other: their blocks are copied as they are. The file is
 * synced before this resolves.
 */
export function joinLines(path: string, parts: readonly LinesFile[]): Promise<WrittenLines> {
  return writeBlocks(path, async (to) => {
    for (const part of parts) for await (const { bytes, blocks } of part.readPacked()) await to.write(bytes, blocks);
  });
}

interface LinesIndex {
  /** Of each block, and the end of the last. */
  offsets: Float64Array;
  /** The first row of each block, and the number of lines. */
  firstRows: Uint32Array;
}

async function readIndex(path: string, file: FileHandle): Promise<LinesIndex> {
  const { size } = await file.stat();
  const footer = await readAt(file, Math.max(0, size - FOOTER_BYTES), FOOTER_BYTES);
  if (footer.length < FOOTER_BYTES || !footer.subarray(8).equals(MARK)) {
    throw new DamagedLines(path, 'its end is missing');
  }
  const items = footer.readUInt32LE(0) + 1;
  const bytes = ITEM_BYTES * items;
  const index = await readAt(file, Math.max(0, size - FOOTER_BYTES - bytes), Math.min(bytes, size));
  if (index.length < bytes || crc32(footer.subarray(0, 4), crc32(index)) !== footer.readUInt32LE(4)) {
    throw new DamagedLines(path, 'its index does not match its checksum');
  }
  return {
    offsets: Float64Array.from({ length: items }, (_, i) => Number(index.readBigUInt64LE(ITEM_BYTES * i))),
    firstRows: Uint32Array.from({ length: items }, (_, i) => index.readUInt32LE(ITEM_BYTES * i + 8)),
  };
}

const countOf = ({ firstRows }: LinesIndex, block: number) => (firstRows[block + 1] ?? 0) - (firstRows[block] ?? 0);

/** The block of a row: the last one that does not begin behind it. */
function blockOf({ firstRows }: LinesIndex, row: number): number {
  let [low, high] = [0, firstRows.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((firstRows[middle] ?? 0) <= row) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Reads lines by their row. The file is open only while it is read, because there are many; its index is in memory from the
 * first time on: 12 bytes for each block.
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
      const lines = new Array<string>(rows.length);
      const next = Map.groupBy(rows.keys(), (i) => blockOf(index, rows[i] ?? 0)).entries();
      const readSome = async () => {
        for (const [block, wanted] of next) {
          const lineAt = await this.#block(file, index, block);
          for (const i of wanted) lines[i] = lineAt((rows[i] ?? 0) - (index.firstRows[block] ?? 0));
        }
      };
      await Promise.all(Array.from({ length: READS_AT_ONCE }, readSome));
      return lines;
    });
  }

  /** All lines in the order of their rows. */
  async *readAll(): AsyncGenerator<string, void> {
    const file = await open(this.#path, 'r');
    try {
      const index = (this.#index ??= await readIndex(this.#path, file));
      for (let block = 0; block < index.offsets.length - 1; block++) {
        const lineAt = await this.#block(file, index, block);
        for (let i = 0; i < countOf(index, block); i++) yield lineAt(i);
      }
    } finally {
      await file.close();
    }
  }

  /** All blocks as they are in the file, some at once. */
  async *readPacked(): AsyncGenerator<{ bytes: Buffer; blocks: PackedBlock[] }, void> {
    const file = await open(this.#path, 'r');
    try {
      const index = (this.#index ??= await readIndex(this.#path, file));
      const offsetOf = (block: number) => index.offsets[block] ?? 0;
      const end = index.offsets.length - 1;
      for (let first = 0, next = 0; first < end; first = next) {
        const blocks: PackedBlock[] = [];
        for (; next < end && offsetOf(next) - offsetOf(first) < READ_BYTES; next++) {
          blocks.push({ length: offsetOf(next + 1) - offsetOf(next), count: countOf(index, next) });
        }
        const length = offsetOf(next) - offsetOf(first);
        const bytes = await readAt(file, offsetOf(first), length);
        if (bytes.length < length) throw new DamagedLines(this.#path, 'its end is missing');
        yield { bytes, blocks };
      }
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

  // On another thread, it would take two to three times as long.
  #unpacked(packed: Buffer, block: number): Buffer {
    try {
      return zstdDecompressSync(packed);
    } catch (cause) {
      throw new DamagedLines(this.#path, `block ${block} cannot be unpacked`, cause);
    }
  }

  // The lines of a block, by their number in it.
  async #block(file: FileHandle, index: LinesIndex, block: number): Promise<(i: number) => string> {
    const [start = 0, end = 0] = [index.offsets[block], index.offsets[block + 1]];
    const [count, firstRow] = [countOf(index, block), index.firstRows[block] ?? 0];
    const packed = await readAt(file, start, end - start);
    const bytes = this.#unpacked(packed, block);
    const ends = new Uint32Array(count);
    for (let i = 0, at = 4 * count; i < count; i++) ends[i] = at += bytes.readUInt32LE(4 * i);
    return (i) => {
      if (i < count) return bytes.toString('utf8', i === 0 ? 4 * count : ends[i - 1], ends[i]);
      throw new DamagedLines(this.#path, `it has ${index.firstRows.at(-1)} lines, and not line ${firstRow + i}`);
    };
  }
}
