import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { readAt, writeAt } from '../export/file-bytes.ts';
import { eachGram, inColumn, searchForm, valueHash } from './token-hash.ts';

/** A token that rows can have: a value of a column, or a piece of a searched text. */
export interface Token {
  table: 'values' | 'grams';
  hash: number;
}

/** Tokens of a query: of each list, a row that it finds has all tokens of at least one item. */
export type TokenCondition = readonly (readonly Token[])[];

const GROUPS_A_PART = 64;
const GROUP_WORDS = 2;
// So that a token that is not there is found by chance in less than one of 100 groups of rows: a group has about four values
// a row that no other row of it has, and two pieces of text.
const VALUE_SLOTS_A_ROW = 64;
const GRAM_SLOTS_A_ROW = 16;
const VALUE_PROBES = 3;
const MIN_SLOTS = 64;

// A page can be read and checked by itself.
const PAGE_BYTES = 4096;
const PAGE_CONTENT = PAGE_BYTES - 4;
const MARK = Buffer.from('ATINDEX1');

const slotsFor = (rows: number) => Math.max(MIN_SLOTS, 2 ** Math.ceil(Math.log2(Math.max(1, rows))));

interface Shape {
  groups: number;
  valueSlots: number;
  gramSlots: number;
}

const SLOT_BYTES = 4 * GROUP_WORDS;
const partBytes = ({ valueSlots, gramSlots }: Shape) => (valueSlots + gramSlots) * SLOT_BYTES;
const partsOf = ({ groups }: Shape) => Math.ceil(groups / GROUPS_A_PART);

/** A value of a column as a token. */
export function valueToken(column: string, value: string): Token {
  return { table: 'values', hash: inColumn(columnHash(column), valueHash(value)) };
}

const columns = new Map<string, number>();

function columnHash(column: string): number {
  let hash = columns.get(column);
  if (hash === undefined) columns.set(column, (hash = valueHash(column)));
  return hash;
}

/**
 * The tokens of a text that is part of a searched one, in any case; none if it is too short. Of other letters than ASCII's,
 * lower case and regular expressions disagree which are the same.
 */
export function gramTokens(text: string): Token[] {
  const tokens: Token[] = [];
  for (const run of text.split(/[^\x00-\x7f]+/)) {
    eachGram(searchForm(run), (hash) => tokens.push({ table: 'grams', hash }));
  }
  return tokens;
}

/** The slots of a token within a part. */
function slotsOf({ table, hash }: Token, { valueSlots, gramSlots }: Shape): number[] {
  if (table === 'grams') return [valueSlots + (hash & (gramSlots - 1))];
  return Array.from({ length: VALUE_PROBES }, (_, probe) => valueSlot(hash, probe, valueSlots));
}

// The distance of the probes is from other bits than the first one.
function valueSlot(hash: number, probe: number, slots: number): number {
  return (hash + Math.imul(probe, Math.imul(hash >>> 13, 0x9e3779b1) | 1)) & (slots - 1);
}

/**
 * Writes, for the groups of rows of a segment, which tokens each can have. The index is 64-bit words, one for each slot of
 * a hash: bit `i` is set if group `i` has a token of this slot. 64 groups are a part; parts follow each other.
 *
 * The file is pages of 4 KiB that end with their CRC-32. The first has a mark, and the number of groups, of slots for values
 * and of slots for pieces of text (32 bit, little endian).
 */
export class TokenIndexWriter {
  readonly #shape: Shape;
  readonly #file: FileHandle;
  readonly #bits: Uint32Array;
  #pages = 0;
  #rest = Buffer.alloc(0);

  private constructor(file: FileHandle, shape: Shape) {
    this.#file = file;
    this.#shape = shape;
    this.#bits = new Uint32Array((shape.valueSlots + shape.gramSlots) * GROUP_WORDS);
  }

  static async create(
    path: string,
    { rows, groupRows }: { rows: number; groupRows: number },
  ): Promise<TokenIndexWriter> {
    const most = Math.min(rows, groupRows);
    const shape: Shape = {
      groups: Math.ceil(rows / groupRows),
      valueSlots: slotsFor(VALUE_SLOTS_A_ROW * most),
      gramSlots: slotsFor(GRAM_SLOTS_A_ROW * most),
    };
    const writer = new TokenIndexWriter(await open(path, 'wx', 0o600), shape);
    const header = Buffer.alloc(PAGE_CONTENT);
    MARK.copy(header);
    [shape.groups, shape.valueSlots, shape.gramSlots].forEach((value, i) => header.writeUInt32LE(value, 8 + 4 * i));
    await writer.#write(header);
    return writer;
  }

  /** Notes a value of a group, which is one of the current part, by its {@link valueHash}. */
  addValue(group: number, column: string, value: number): void {
    const hash = inColumn(columnHash(column), value);
    for (let probe = 0; probe < VALUE_PROBES; probe++) {
      this.#set(group, valueSlot(hash, probe, this.#shape.valueSlots));
    }
  }

  /** Notes the pieces of a text. */
  addText(group: number, text: string): void {
    const { valueSlots, gramSlots } = this.#shape;
    eachGram(searchForm(text), (hash) => this.#set(group, valueSlots + (hash & (gramSlots - 1))));
  }

  #set(group: number, slot: number): void {
    const at = slot * GROUP_WORDS + ((group % GROUPS_A_PART) >>> 5);
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (group & 31));
  }

  /** The groups whose tokens are noted next. */
  async *parts(): AsyncGenerator<{ first: number; last: number }, void> {
    for (let part = 0; part < partsOf(this.#shape); part++) {
      const first = part * GROUPS_A_PART;
      yield { first, last: Math.min(first + GROUPS_A_PART, this.#shape.groups) - 1 };
      // Little endian on every machine that Node runs on.
      await this.#write(Buffer.from(this.#bits.buffer, 0, this.#bits.byteLength));
      this.#bits.fill(0);
    }
  }

  async #write(content: Buffer, isLast = false): Promise<void> {
    const bytes = Buffer.concat([this.#rest, content]);
    const pages = isLast ? Math.ceil(bytes.length / PAGE_CONTENT) : Math.floor(bytes.length / PAGE_CONTENT);
    const out = Buffer.alloc(pages * PAGE_BYTES);
    for (let page = 0; page < pages; page++) {
      const at = page * PAGE_BYTES;
      bytes.copy(out, at, page * PAGE_CONTENT, (page + 1) * PAGE_CONTENT);
      out.writeUInt32LE(crc32(out.subarray(at, at + PAGE_CONTENT)), at + PAGE_CONTENT);
    }
    this.#rest = Buffer.from(bytes.subarray(pages * PAGE_CONTENT));
    await writeAt(this.#file, this.#pages * PAGE_BYTES, out);
    this.#pages += pages;
  }

  /** Ends the file, which is synced before this resolves. @returns its size in bytes */
  async end(): Promise<number> {
    await this.#write(Buffer.alloc(0), true);
    await this.#file.sync();
    return this.#pages * PAGE_BYTES;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Thrown if an index is damaged: its message names the file. */
export class DamagedIndex extends Error {
  override readonly name = 'DamagedIndex';
}

/** The index of one segment. The file is open only while it is read, because there are many. */
export class TokenIndex {
  readonly #path: string;
  #shape: Shape | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The groups of rows that can have rows with these tokens, in their order.
   *
   * @throws DamagedIndex, and Error of the disk
   */
  async groups(conditions: readonly TokenCondition[]): Promise<number[]> {
    const file = await open(this.#path, 'r');
    try {
      const pages = new Map<number, Promise<Buffer>>();
      const pageAt = (page: number) => {
        const known = pages.get(page) ?? this.#page(file, page);
        pages.set(page, known);
        return known;
      };
      const shape = (this.#shape ??= this.#shapeOf(await pageAt(0)));
      const found: number[] = [];
      for (let part = 0; part < partsOf(shape); part++) {
        const wordOf = (slot: number) => readWord(pageAt, PAGE_CONTENT + part * partBytes(shape) + slot * SLOT_BYTES);
        let word = 2n ** 64n - 1n;
        for (const condition of conditions) if (word !== 0n) word &= await anyOf(condition, shape, wordOf);
        for (let i = 0; i < GROUPS_A_PART && part * GROUPS_A_PART + i < shape.groups; i++) {
          if ((word >> BigInt(i)) & 1n) found.push(part * GROUPS_A_PART + i);
        }
      }
      return found;
    } finally {
      await file.close();
    }
  }

  async #page(file: FileHandle, page: number): Promise<Buffer> {
    const bytes = await readAt(file, page * PAGE_BYTES, PAGE_BYTES);
    const content = bytes.subarray(0, PAGE_CONTENT);
    if (bytes.length < PAGE_BYTES || crc32(content) !== bytes.readUInt32LE(PAGE_CONTENT)) {
      throw new DamagedIndex(`${this.#path} is damaged: page ${page} does not match its checksum`);
    }
    return content;
  }

  #shapeOf(header: Buffer): Shape {
    if (!header.subarray(0, MARK.length).equals(MARK)) {
      throw new DamagedIndex(`${this.#path} is damaged: it does not begin with ${MARK.toString()}`);
    }
    const [groups = 0, valueSlots = 0, gramSlots = 0] = [8, 12, 16].map((at) => header.readUInt32LE(at));
    return { groups, valueSlots, gramSlots };
  }
}

async function readWord(pageAt: (page: number) => Promise<Buffer>, offset: number): Promise<bigint> {
  const [page, at] = [Math.floor(offset / PAGE_CONTENT), offset % PAGE_CONTENT];
  const content = await pageAt(page);
  if (at + SLOT_BYTES <= PAGE_CONTENT) return content.readBigUInt64LE(at);
  const next = await pageAt(page + 1);
  const head = content.subarray(at);
  return Buffer.concat([head, next.subarray(0, SLOT_BYTES - head.length)]).readBigUInt64LE();
}

async function anyOf(
  condition: TokenCondition,
  shape: Shape,
  wordOf: (slot: number) => Promise<bigint>,
): Promise<bigint> {
  let any = 0n;
  for (const tokens of condition) {
    const words = await Promise.all(tokens.flatMap((token) => slotsOf(token, shape)).map(wordOf));
    any |= words.reduce((all, word) => all & word, 2n ** 64n - 1n);
  }
  return any;
}
