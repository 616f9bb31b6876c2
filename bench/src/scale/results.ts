import type { Figures } from '../benchmark.ts';
import { megabytes, round } from '../figures.ts';
import { QUESTIONS, type Question } from './peer.ts';

/** The results of one peer. */
export interface PeerResult {
  name: string;
  /** This peer is what the others are compared with: its figures have no prefix. */
  isOurs: boolean;
  entries: number;
  loadMs: number;
  /** Milliseconds until each answer was complete. */
  ms: Record<Question, number>;
  diskBytes: number;
  rssBytes: number | undefined;
}

function figuresOf({ name, isOurs, entries, loadMs, ms, diskBytes, rssBytes }: PeerResult): Figures {
  const prefix = isOurs ? '' : `${name}_`;
  const questions = QUESTIONS.map((question) => [`${prefix}${question}_ms`, round(ms[question])]);
  return {
    ...(Object.fromEntries(questions) as Figures),
    [`${prefix}load_rate`]: round((entries / loadMs) * 1_000),
    [`${prefix}mb_per_million`]: round((megabytes(diskBytes) / entries) * 1e6),
    ...(rssBytes !== undefined && { [`${prefix}rss_mb`]: megabytes(rssBytes) }),
  };
}

/** Our time over that of another peer. */
function ratiosOf(ours: PeerResult, other: PeerResult): Figures {
  const ratios = QUESTIONS.map((question) => {
    return [`${question}_ratio_${other.name}`, round(ours.ms[question] / other.ms[question])];
  });
  return Object.fromEntries(ratios) as Figures;
}

/** The figures of all peers: `loki_newest_ms`; of ours without its name, and as ratios: `newest_ms`, `newest_ratio_loki`. */
export function peerFigures(results: readonly PeerResult[]): Figures {
  const ours = results.find(({ isOurs }) => isOurs);
  const others = results.filter((result) => result !== ours);
  return Object.assign(
    {},
    ...(ours ? [figuresOf(ours), ...others.map((other) => ratiosOf(ours, other))] : []),
    ...others.map(figuresOf),
  ) as Figures;
}
