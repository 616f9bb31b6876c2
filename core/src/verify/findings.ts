import type { AuditEntry } from '../entry/entry.ts';

/**
 * The problems that a trail can have.
 *
 * | kind | what was found |
 * | --- | --- |
 * | `changed` | an entry's hash differs from the one in the entry after it, or in a signed tip |
 * | `missing` | entries inside a stream, or a whole stream that another one names |
 * | `duplicated` | an entry occurs twice |
 * | `forged` | a signature is invalid, or links were made without the stream's key |
 * | `reordered` | a line is out of order, by its time and its number |
 * | `forked` | two different entries have the same number, or two streams continue the same one |
 * | `copied-id` | an entry has the id of another entry with other content |
 * | `contradicted` | an unsigned entry makes a statement about another stream that this stream contradicts |
 * | `truncated-tail` | the end is missing: an entry names later ones, or completeness is expected and there is no end |
 * | `truncated-head` | the beginning is missing although completeness is expected |
 * | `unchained` | entries are in no chain although chains are expected |
 * | `unreadable` | a line is not an entry of a schema that this version supports |
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

/** One problem and its location. */
export interface Finding {
  kind: FindingKind;
  /** A sentence for people. */
  text: string;
  /** The chain's stream; missing for a line that is not an entry. */
  stream?: string;
  /** First and last number of the entries concerned. */
  seq?: number;
  toSeq?: number;
  /** The entry at `seq`, if it exists. */
  id?: string;
  time?: string;
  /** The other stream, if the finding is about two. */
  otherStream?: string;
  /** Number of the line, from 1 in the order of reading, for a line that is not an entry. */
  line?: number;
}

/** The location of a finding. */
export interface Location {
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

/** Reasons, each with its kind and its sentence, without the stream at the beginning and the period. */
const REASONS = {
  changed: [
    'changed',
    (from, to) =>
      `${entryRange(from, to)} ${are(from, to)} not what was written: the hash does not match the one in the entry after it`,
  ],
  changedTip: [
    'changed',
    (from, to) => `${entryRange(from, to)} ${are(from, to)} not what was written: a later tip has another hash`,
  ],
  firstWithPrevious: ['changed', () => 'entry 1 names an entry before it, although it is the first'],
  missing: ['missing', (from, to) => `${entryRange(from, to)} ${are(from, to)} missing between others`],
  missingStream: [
    'missing',
    (from, to) => `${entryRange(from, to)}: another entry names this stream, but none of its entries exist`,
  ],
  duplicated: ['duplicated', (from, to) => `${entryRange(from, to)} ${from === to ? 'occurs' : 'occur'} twice`],
  repeated: [
    'duplicated',
    (from, to) =>
      `${entryRange(from, to)} occurred again, too far from the first to compare the two: a copy, or a replacement`,
  ],
  reordered: [
    'reordered',
    (from, to) => `${entryRange(from, to)} ${are(from, to)} out of order, by time and by number: lines were moved`,
  ],
  forked: [
    'forked',
    (from, to) =>
      `two different entries have ${range(from, to, 'the number', 'the numbers')}: the emitter was copied, or an entry replaced`,
  ],
  forkedStream: [
    'forked',
    (from, _, other) => `two streams claim to continue from its entry ${from}; one of them is ${other}`,
  ],
  rival: [
    'forked',
    (from, _, other) => `entry ${from} claims to continue stream ${other}, which another stream continues, too`,
  ],
  contradicted: [
    'contradicted',
    (from, _, other) =>
      `entry ${from} makes a statement about stream ${other} that the stream contradicts: entry ${from} was forged, the emitter of stream ${other} was copied, or the last entry of ${other} was changed`,
  ],
  wentOn: ['forked', (from, to) => `${entryRange(from, to)} came after another stream had continued this one`],
  afterEnd: ['forged', (from, to) => `${entryRange(from, to)} came after the stream had ended`],
  forgedLinks: ['forged', (from, to) => `${entryRange(from, to)} were linked by someone without the stream's key`],
  unkeyed: ['forged', (from) => `entries from ${from} on have no key, but every stream must have one`],
  rekeyed: [
    'forged',
    (from) => `entry ${from} has another key than the one before it, but no signed entry announces it`,
  ],
  badSignature: ['forged', (from) => `entry ${from} is signed, but not with its key`],
  badStatement: ['forged', (from) => `entry ${from} makes a statement about the chain that cannot be read`],
  cutTail: [
    'truncated-tail',
    (from, to) => `${entryRange(from, to)} ${are(from, to)} missing at the end: a later entry names them`,
  ],
  openTail: [
    'truncated-tail',
    (from) => `no entry ends it after entry ${from - 1}: entries may be missing from ${from} on`,
  ],
  cutHead: ['truncated-head', (from, to) => `${entryRange(from, to)} ${are(from, to)} missing at the beginning`],
} satisfies Record<string, [FindingKind, (seq: number, toSeq: number, otherStream: string) => string]>;

/** The reason for a finding. */
export type Reason = keyof typeof REASONS;

interface Collected {
  reason: Reason;
  location: Location & { toSeq: number };
}

/** Collects findings: adjacent ones become one range, and their number is limited. */
export class Findings {
  readonly #most: number;
  readonly #kept: (Collected | Finding)[] = [];
  readonly #last = new Map<string, Collected>();
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** The number of all findings, including those that were not kept; a range counts once. */
  get count(): number {
    return this.#count;
  }

  add(reason: Reason, { id, time, stream, seq, toSeq = seq, otherStream }: Location): void {
    const entry = { ...(id !== undefined && { id }), ...(time !== undefined && { time }) };
    const location = { stream, seq, toSeq, ...entry, ...(otherStream !== undefined && { otherStream }) };
    // Findings about different streams are not one range.
    const key = `${reason} ${stream}${otherStream === undefined ? '' : ` ${otherStream}`}`;
    const last = this.#last.get(key);
    if (last && seq === last.location.toSeq + 1) {
      last.location.toSeq = toSeq;
    } else if (last && toSeq === last.location.seq - 1) {
      last.location = { ...location, toSeq: last.location.toSeq };
    } else {
      const found = { reason, location };
      this.#keep(found);
      this.#last.set(key, found);
    }
  }

  addLine(line: number, problem: string): void {
    this.#keep({
      kind: 'unreadable',
      line,
      text: `Line ${line} is not an entry that this version can read: ${problem}.`,
    });
  }

  /** Entries of a service are in no chain although chains are expected. */
  addUnchained({ id, time, service }: Pick<AuditEntry, 'id' | 'time' | 'service'>, count: number): void {
    const what = count === 1 ? '1 entry is' : `${count} entries are`;
    this.#keep({
      kind: 'unchained',
      text: `${what} in no chain, of service ${service}, and chains are expected.`,
      id,
      time,
    });
  }

  /** A finding that is not about a single entry. */
  addText(kind: FindingKind, text: string): void {
    this.#keep({ kind, text });
  }

  /** An entry has the id of an earlier entry. */
  addCopiedId({ id, time, service, chain }: Pick<AuditEntry, 'id' | 'time' | 'service' | 'chain'>): void {
    const claimant = chain ? `entry ${chain.seq} of stream ${chain.stream}` : `an entry of ${service} in no chain`;
    this.#keep({
      kind: 'copied-id',
      text: `The id ${id} is not unique: ${claimant}, ${time}, has it with other content.`,
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
      const { reason, location } = found;
      const [kind, sentence] = REASONS[reason];
      return {
        kind,
        text: `Stream ${location.stream}: ${sentence(location.seq, location.toSeq, location.otherStream ?? '')}.`,
        ...location,
      };
    });
  }
}
