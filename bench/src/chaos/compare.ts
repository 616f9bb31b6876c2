import { readEntries, type LokiClient } from '@auditrail/core/loki';
import { type TimeRange } from '@auditrail/core/query';
import { lineHash } from '@auditrail/sdk';

/** What the reader saw, compared with what the apps were promised. */
export interface Comparison {
  /** Different entries in Loki. */
  stored: number;
  /** A receipt, and no entry. */
  lost: number;
  /** An entry whose line has another hash than its receipt says. */
  altered: number;
  /** Entries that the reader gave more than once. */
  duplicates: number;
  /** Every stream is numbered from 1 without a gap, and every entry bears the hash of the one before it. */
  chainOk: boolean;
  streams: number;
  /** The first faults of the chain, in words. */
  faults: string[];
}

interface Link {
  seq: number;
  prev: string | null;
  hash: string;
}

// By number, not by time: an app may give its entries times of their own.
function chainFaults(stream: string, links: Link[]): string[] {
  links.sort((a, b) => a.seq - b.seq);
  let [seq, hash]: [number, string | null] = [0, null];
  const faults: string[] = [];
  for (const link of links) {
    if (link.seq !== seq + 1) faults.push(`stream ${stream}: entry ${link.seq} comes after ${seq}`);
    else if (link.prev !== hash)
      faults.push(`stream ${stream}: entry ${link.seq} bears another hash than that of ${seq}`);
    ({ seq, hash } = link);
  }
  return faults;
}

/** Reads everything of a tenant back, and holds it against the receipts (hashes by id). */
export async function compare(
  loki: LokiClient,
  range: TimeRange,
  receipts: ReadonlyMap<string, string>,
): Promise<Comparison> {
  const seen = new Set<string>();
  const streams = new Map<string, Link[]>();
  const faults: string[] = [];
  let [stored, altered, duplicates] = [0, 0, 0];

  for await (const page of readEntries(loki, { range, pageEntries: 5_000 })) {
    for (const { entry, line, problem } of page) {
      if (!entry?.chain) {
        faults.push(`a line that is no entry of a chain: ${problem ?? line}`);
        continue;
      }
      if (seen.has(entry.id)) {
        duplicates += 1;
        continue;
      }
      seen.add(entry.id);
      stored += 1;
      const hash = lineHash(line);
      const promised = receipts.get(entry.id);
      if (promised !== undefined && promised !== hash) altered += 1;
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
