import type { AuditEntry } from '../entry/entry.ts';

/**
 * What can be wrong with a trail.
 *
 * | kind | what was seen |
 * | --- | --- |
 * | `changed` | an entry's hash is not the one that the entry after it, or a signed tip, bears |
 * | `missing` | numbers are left out inside a stream, or a stream that another one names |
 * | `duplicated` | one entry came twice |
 * | `forged` | a signature is bad, or the links were made without the stream's key |
 * | `reordered` | a line stands against the order of the others, by its time and its number |
 * | `forked` | two different entries bear one number, or two streams go on from one |
 * | `copied-id` | an entry has the id of another entry with other content |
 * | `contradicted` | an unsigned entry says something about another stream that this stream contradicts |
 * | `truncated-tail` | the end is gone: something names later entries, or all was promised and no end is there |
 * | `truncated-head` | the beginning is gone although all was promised |
 * | `unchained` | entries are in no chain although chains are expected |
 * | `unreadable` | a line is no entry of a schema that this version knows |
 */
export type FindingKind =
  | 'changed'
  | 'missing'
  | 'duplicated'
  | 'forged'
  | 'reordered'
  | 'forked'
  | 'copied-id'
  | 'contradicted'
  | 'truncated-tail'
  | 'truncated-head'
  | 'unchained'
  | 'unreadable';

/** One thing that is wrong, and where. */
export interface Finding {
  kind: FindingKind;
  /** A sentence for people. */
  text: string;
  /** The chain's stream; missing for a line that is no entry. */
  stream?: string;
  /** First and last number that it concerns. */
  seq?: number;
  toSeq?: number;
  /** The entry at `seq`, where it is there. */
  id?: string;
  time?: string;
  /** The other stream, if the finding is about two. */
  otherStream?: string;
  /** Number of the line, from 1 in the order of reading, for a line that is no entry. */
  line?: number;
}

/** Where a finding is, before it has its sentence. */
export interface Place {
  stream: string;
  seq: number;
  toSeq?: number;
  id?: string;
  time?: string;
  otherStream?: string;
}

function range(from: number, to: number, one: string, many: string): string {
  return from === to ? `${one} ${from}` : `${many} ${from} to ${to}`;
}

const entryRange = (from: number, to: number) => range(from, to, 'entry', 'entries');
const are = (from: number, to: number) => (from === to ? 'is' : 'are');

/** Reasons, each with its kind and its sentence, which lacks beginning and full stop. */
const REASONS = {
  changed: [
    'changed',
    (from, to) =>
      `${entryRange(from, to)} ${are(from, to)} not what was written: the hash does not match the one in the entry after it`,
  ],
  changedTip: [
    'changed',
    (from, to) => `${entryRange(from, to)} ${are(from, to)} not what was written: a tip written down later differs`,
  ],
  firstWithPrevious: ['changed', () => 'entry 1 names an entry before it, and there can be none'],
  missing: [
    'missing',
    (from, to) => `${entryRange(from, to)} ${are(from, to)} missing, those before and after are there`,
  ],
  missingStream: [
    'missing',
    (from, to) => `${entryRange(from, to)}: another entry names this stream, and nothing of it is there`,
  ],
  duplicated: ['duplicated', (from, to) => `${entryRange(from, to)} came twice`],
  repeated: [
    'duplicated',
    (from, to) =>
      `${entryRange(from, to)} came again, too far from the first to compare the two: a copy, or another entry in its place`,
  ],
  reordered: [
    'reordered',
    (from, to) => `${entryRange(from, to)} came out of order, by time and by number: lines were moved`,
  ],
  forked: [
    'forked',
    (from, to) =>
      `two different entries bear ${range(from, to, 'the number', 'the numbers')}: the emitter was copied, or an entry replaced`,
  ],
  forkedStream: [
    'forked',
    (from, _, other) => `two streams say that they go on from its entry ${from}; one of them is ${other}`,
  ],
  rival: [
    'forked',
    (from, _, other) =>
      `entry ${from} says that it goes on from stream ${other}, which another stream goes on from, too`,
  ],
  contradicted: [
    'contradicted',
    (from, _, other) =>
      `entry ${from} says something about stream ${other} that is not so there: entry ${from} was forged, the emitter of stream ${other} was copied, or the last entry of ${other} was changed`,
  ],
  wentOn: ['forked', (from, to) => `${entryRange(from, to)} came after another stream had taken over`],
  afterEnd: ['forged', (from, to) => `${entryRange(from, to)} came after the stream had ended`],
  forgedLinks: ['forged', (from, to) => `${entryRange(from, to)} were linked by someone without the stream's key`],
  unkeyed: ['forged', (from) => `entries from ${from} on bear no key, and every stream should`],
  rekeyed: ['forged', (from) => `entry ${from} bears another key than the one before it, and no signed entry says so`],
  badSignature: ['forged', (from) => `entry ${from} is signed, and the signature is not its key's`],
  badStatement: ['forged', (from) => `entry ${from} claims to tell of the chain and cannot be read`],
  cutTail: [
    'truncated-tail',
    (from, to) => `${entryRange(from, to)} ${are(from, to)} missing at the end: a later entry names them`,
  ],
  openTail: [
    'truncated-tail',
    (from) => `there is no end after entry ${from - 1}: entries may be missing from ${from} on`,
  ],
  cutHead: ['truncated-head', (from, to) => `${entryRange(from, to)} ${are(from, to)} missing at the beginning`],
} satisfies Record<string, [FindingKind, (seq: number, toSeq: number, otherStream: string) => string]>;

/** Why something is found. */
export type Reason = keyof typeof REASONS;

interface Collected {
  reason: Reason;
  place: Place & { toSeq: number };
}

/** Gathers findings: neighbours become one range, and no more are kept than a person could read. */
export class Findings {
  readonly #most: number;
  readonly #kept: (Collected | Finding)[] = [];
  readonly #last = new Map<string, Collected>();
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** All that were found, also those that were not kept; a range counts once. */
  get count(): number {
    return this.#count;
  }

  add(reason: Reason, { id, time, stream, seq, toSeq = seq, otherStream }: Place): void {
    const entry = { ...(id !== undefined && { id }), ...(time !== undefined && { time }) };
    const place = { stream, seq, toSeq, ...entry, ...(otherStream !== undefined && { otherStream }) };
    // Findings about different streams are not one range.
    const key = `${reason} ${stream}${otherStream === undefined ? '' : ` ${otherStream}`}`;
    const last = this.#last.get(key);
    if (last && seq === last.place.toSeq + 1) {
      last.place.toSeq = toSeq;
    } else if (last && toSeq === last.place.seq - 1) {
      last.place = { ...place, toSeq: last.place.toSeq };
    } else {
      const found = { reason, place };
      this.#keep(found);
      this.#last.set(key, found);
    }
  }

  addLine(line: number, problem: string): void {
    this.#keep({ kind: 'unreadable', line, text: `Line ${line} is no entry that this version can read: ${problem}.` });
  }

  /** Entries of a service are in no chain, and should be. */
  addUnchained({ id, time, service }: Pick<AuditEntry, 'id' | 'time' | 'service'>, count: number): void {
    const what = count === 1 ? '1 entry is' : `${count} entries are`;
    this.#keep({
      kind: 'unchained',
      text: `${what} in no chain, of service ${service}, and chains are expected.`,
      id,
      time,
    });
  }

  /** A finding that is about no entry alone. */
  addText(kind: FindingKind, text: string): void {
    this.#keep({ kind, text });
  }

  /** An entry has an id that another entry had before. */
  addCopiedId({ id, time, service, chain }: Pick<AuditEntry, 'id' | 'time' | 'service' | 'chain'>): void {
    const where = chain ? `entry ${chain.seq} of stream ${chain.stream}` : `an entry of ${service} in no chain`;
    this.#keep({
      kind: 'copied-id',
      text: `The id ${id} has another entry, too: ${where}, ${time}, claims it with other content.`,
      ...(chain && { stream: chain.stream, seq: chain.seq, toSeq: chain.seq }),
      ...{ id, time },
    });
  }

  #keep(found: Collected | Finding): void {
    this.#count++;
    if (this.#kept.length < this.#most) this.#kept.push(found);
  }

  list(): Finding[] {
    return this.#kept.map((found) => {
      if (!('reason' in found)) return found;
      const { reason, place } = found;
      const [kind, say] = REASONS[reason];
      return {
        kind,
        text: `Stream ${place.stream}: ${say(place.seq, place.toSeq, place.otherStream ?? '')}.`,
        ...place,
      };
    });
  }
}
