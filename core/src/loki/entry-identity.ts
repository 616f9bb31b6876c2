import { canonicalJson } from '../entry/canonical-json.ts';
import { parseEntry, type AuditEntry } from '../entry/entry.ts';
import { AuditError } from '../errors.ts';
import type { LokiLine } from './answer.ts';

/**
 * One line of the trail. `entry` is missing if the line is not an entry, or has a newer schema: a reader shows such a
 * line with its `problem` and never hides it.
 */
export interface TrailLine {
  /** Identity of the line: its time and its text without the chain. Lines with the same key are repetitions. */
  key: string;
  ns: bigint;
  line: string;
  /** Its labels and structured metadata, if they were asked for. */
  labels?: Readonly<Record<string, string>>;
  entry?: AuditEntry;
  problem?: string;
  /** Another line with the same key comes before this one: a second link for the same entry. */
  repeats?: true;
}

/**
 * The identity of an entry: its canonical text without `chain`. The id does not identify an entry, because anyone who can
 * write can copy an id. A line that is not canonical is identified by its whole text.
 */
export function lineIdentity(line: string, chain: AuditEntry['chain']): string {
  if (!chain) return line;
  // No member that sorts before `chain` can contain this text: quotes in strings are escaped, and `actor` has no such
  // member.
  const member = `,"chain":${canonicalJson(chain)}`;
  const at = line.indexOf(member);
  return at < 0 ? line : line.slice(0, at) + line.slice(at + member.length);
}

/** A line from Loki with its entry, or the reason why it has none. */
export function toTrailLine({ ns, line, labels }: LokiLine): TrailLine {
  const stored = { ns, line, ...(labels && { labels }) };
  try {
    const entry = parseEntry(line);
    return { key: `${ns} ${lineIdentity(line, entry.chain)}`, ...stored, entry };
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    return { key: `${ns} ${line}`, ...stored, problem: error.message };
  }
}

const descending = (a: string, b: string) => (a === b ? 0 : a < b ? 1 : -1);

/** Newest first. Entries with the same time are in the order of their ids, which rise for one emitter. */
export function newestFirst(a: TrailLine, b: TrailLine): number {
  if (a.ns !== b.ns) return a.ns < b.ns ? 1 : -1;
  return descending(a.entry?.id ?? '', b.entry?.id ?? '') || descending(a.key, b.key);
}

// The line in a chain first: a copy without a chain must not replace the proof. The rest only has to be stable.
function byProof(a: TrailLine, b: TrailLine): number {
  return Number(b.entry?.chain !== undefined) - Number(a.entry?.chain !== undefined) || descending(a.line, b.line);
}

/**
 * The different lines, newest first, without those that Loki stored twice. Lines that differ only in their chain are all
 * included, and all but the first are marked as `repeats`.
 */
export function distinctLines(lines: readonly LokiLine[]): TrailLine[] {
  const sorted = lines.map(toTrailLine).sort((a, b) => newestFirst(a, b) || byProof(a, b));
  const distinct: TrailLine[] = [];
  for (const line of sorted) {
    const before = distinct.at(-1);
    if (before?.key !== line.key) distinct.push(line);
    else if (before.line !== line.line) distinct.push({ ...line, repeats: true });
  }
  return distinct;
}

/** The ids that more than one entry claims. The lines must be distinct by their key. */
export function sharedIds(lines: Iterable<Pick<TrailLine, 'entry' | 'repeats'>>): ReadonlySet<string> {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const { entry, repeats } of lines) {
    if (!entry || repeats) continue;
    // The schema accepts upper and lower case, and Loki compares exactly.
    const id = entry.id.toLowerCase();
    if (seen.has(id)) shared.add(id);
    else seen.add(id);
  }
  return shared;
}
