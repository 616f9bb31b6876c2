import type { Figures } from '../benchmark.ts';
import { megabytes, round } from '../figures.ts';
import { QUESTIONS, type Question } from './peer.ts';

/** The results of one peer. */
export interface PeerResult {
  name: string;
  entries: number;
  loadMs: number;
  /** Milliseconds until each answer was complete. */
  ms: Record<Question, number>;
  diskBytes: number;
  rssBytes: number | undefined;
}

/** The figures of each peer, with its name before each of them: `loki_newest_ms`. */
export function peerFigures({ name, entries, loadMs, ms, diskBytes, rssBytes }: PeerResult): Figures {
  const questions = QUESTIONS.map((question) => [`${name}_${question}_ms`, round(ms[question])]);
  return {
    ...(Object.fromEntries(questions) as Figures),
    [`${name}_load_rate`]: round((entries / loadMs) * 1_000),
    [`${name}_mb_per_million`]: round((megabytes(diskBytes) / entries) * 1e6),
    ...(rssBytes !== undefined && { [`${name}_rss_mb`]: megabytes(rssBytes) }),
  };
}
