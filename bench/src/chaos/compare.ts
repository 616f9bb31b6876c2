import { readEntries, type LokiClient } from '@auditrail/core/loki';
import { type TimeRange } from '@auditrail/core/query';
import { lineHash } from '@auditrail/sdk';

/** The entries in Loki compared with the receipts of the apps. */
export interface Comparison {
  /** The number of different entries in Loki. */
  stored: number;
  /** Receipts without an entry. */
  lost: number;
  /** Entries whose hash differs from that of the receipt. */
  altered: number;
  /** Entries that the reader returned more than once. */
  duplicates: number;
  /** Whether each stream is numbered from 1 without gaps, and each entry has the hash of the one before. */
  chainOk: boolean;
  streams: number;
  /** The first faults of the chains, for people. */
  faults: string[];
}

interface Link {
  seq: number;
  prev: string | null;
  hash: string;
}

// Sorted by number, because an app may set other times.
function chainFaults(stream: string, links: Link[]): string[] {
  links.sort((a, b) => a.seq - b.seq);
  let [seq, hash]: [number, string | null] = [0, null];
  const faults: string[] = [];
  for (const link of links) {
    if (link.seq !== seq + 1) faults.push(`stream ${stream}: entry ${link.seq} follows entry ${seq}`);
    else if (link.prev !== hash)
      faults.push(`stream ${stream}: entry ${link.seq} does not have the hash of entry ${seq}`);
    ({ seq, hash } = link);
  }
  return faults;
}

/**
 * Reads all entries of a tenant and compares them with the receipts.
 *
 * @param receipts hashes by id
 * @param onLine called with the hash of each line
 */
export async function compare(
  loki: LokiClient,
  range: TimeRange,
  receipts: ReadonlyMap<string, string>,
  onLine: (hash: string) => void = () => undefined,
): Promise<Comparison> {
  const seen = new Set<string>();
  const streams = new Map<string, Link[]>();
  const faults: string[] = [];
  let [stored, altered, duplicates] = [0, 0, 0];

  for await (const page of readEntries(loki, { range, pageEntries: 5_000 })) {
    for (const { entry, line, problem } of page) {
      const hash = lineHash(line);
      onLine(hash);
      if (!entry?.chain) {
        faults.push(`a line is not an entry of a chain: ${problem ?? line}`);
        continue;
      }
      if (seen.has(entry.id)) {
        duplicates += 1;
        continue;
      }
      seen.add(entry.id);
      stored += 1;
      const expected = receipts.get(entry.id);
      if (expected !== undefined && expected !== hash) altered += 1;
      const { stream, seq, prev } = entry.chain;
      const links = streams.get(stream) ?? [];
      streams.set(stream, links);
      links.push({ seq, prev, hash });
    }
  }
  for (const [stream, links] of streams) faults.push(...chainFaults(stream, links));
  let lost = 0;
  for (const id of receipts.keys()) if (!seen.has(id)) lost += 1;
  const chainOk = faults.length === 0;
  return { stored, lost, altered, duplicates, chainOk, streams: streams.size, faults: faults.slice(0, 5) };
}
