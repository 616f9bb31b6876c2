import { createHash } from 'node:crypto';
import { CHAIN_ACTIONS, statementOf } from '@auditrail/core';
import { z } from 'zod';
import { entryOf } from './entry-of.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** The part of one emitter's chain that an export contains. */
export const chainRange = z.object({
  stream: z.string(),
  /** The application, if entries of the stream are here and not only named by a checkpoint. */
  service: z.string().optional(),
  /** Id of the key of the newest entry here, if it has one. */
  keyId: z.string().optional(),
  entries: z.int(),
  /** Numbers of the first and the last entry. */
  firstSeq: z.int().optional(),
  lastSeq: z.int().optional(),
  /** SHA-256 of the last entry's line; in a chain without a key, the next entry contains it. */
  lastSha256: hash.optional(),
  /** The checkpoint here that covers most of the stream; `hash` is the hash of entry `seq`. */
  checkpoint: z.object({ seq: z.int(), hash, entryId: z.string(), keyId: z.string().optional() }).optional(),
});

export type ChainRange = z.output<typeof chainRange>;

const TEXT = '"((?:[^"\\\\]|\\\\.)*)"';
// Matches a canonical line (its members are sorted) from its beginning up to the chain, so that no text inside of another
// member can match; parsing the whole line takes ten times as long.
const HEAD = new RegExp(
  String.raw`^\{"action":"([\w.-]*)","actor":\{(?:[^"{}]|"(?:[^"\\]|\\.)*")*\},(?:"authContext":"(?:[^"\\]|\\.)*",)?` +
    String.raw`"category":"\w+",(?:"chain":\{(?:"keyId":${TEXT},)?"prev":(?:null|"[0-9a-f]{64}"),"seq":(\d{1,15}),"stream":${TEXT}\},)?` +
    String.raw`"cha(?:nges|nnel)":`,
);

interface Link {
  action: string;
  chain?: { stream: string; seq: number; keyId?: string | undefined } | undefined;
}

const textOf = (quoted: string) => (quoted.includes('\\') ? (JSON.parse(`"${quoted}"`) as string) : quoted);

/** The chain of a line, found without parsing the whole line; `undefined` if the line is not an entry. */
export function linkOf(line: string): Link | undefined {
  const match = HEAD.exec(line);
  if (!match) return entryOf(line);
  const [, action = '', keyId, seq, stream] = match;
  if (seq === undefined || stream === undefined) return { action, chain: undefined };
  const key = keyId === undefined ? {} : { keyId: textOf(keyId) };
  return { action, chain: { stream: textOf(stream), seq: Number(seq), ...key } };
}

/** Collects the chain ranges of an export while its lines are written. */
export class ChainRanges {
  readonly #ranges: Map<string, ChainRange>;

  constructor(ranges: readonly ChainRange[] = []) {
    this.#ranges = new Map(ranges.map((range) => [range.stream, { ...range }]));
  }

  /** @param sha256 of the line in hex, if the caller knows it */
  add(line: string, sha256?: string, link = linkOf(line)): void {
    if (!link?.chain) return;
    const { stream, seq, keyId } = link.chain;
    const range = this.#range(stream);
    range.entries++;
    if (range.firstSeq === undefined || seq < range.firstSeq) range.firstSeq = seq;
    if (range.lastSeq === undefined || seq > range.lastSeq) {
      range.lastSeq = seq;
      range.lastSha256 = sha256 ?? createHash('sha256').update(line, 'utf8').digest('hex');
      range.keyId = keyId;
      range.service ??= entryOf(line)?.service;
    }
    if (link.action === CHAIN_ACTIONS.checkpoint) this.#checkpoint(line);
  }

  #range(stream: string): ChainRange {
    let range = this.#ranges.get(stream);
    if (!range) this.#ranges.set(stream, (range = { stream, entries: 0 }));
    return range;
  }

  #checkpoint(line: string): void {
    const entry = entryOf(line);
    const statement = entry && statementOf(entry);
    if (!entry || !statement || statement === 'unreadable') return;
    const keyId = statement.signature?.keyId;
    for (const { stream, seq, hash } of statement.tips) {
      const range = this.#range(stream);
      if (range.checkpoint && range.checkpoint.seq >= seq) continue;
      range.checkpoint = { seq, hash, entryId: entry.id, ...(keyId !== undefined && { keyId }) };
    }
  }

  /** Sorted by stream, so that equal exports have equal manifests. */
  list(): ChainRange[] {
    return [...this.#ranges.values()].sort((a, b) => (a.stream < b.stream ? -1 : 1));
  }
}
