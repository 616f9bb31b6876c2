import { parsePrometheusText, type Sample } from './prometheus-text.ts';

const LIMIT_MS = 5_000;

/**
 * The metrics at an address; `/metrics` is added to one without a path.
 *
 * @param wanted names to keep
 * @param proof prefix of a metric that only the expected program has
 * @throws Error if there is no answer, or if it is another program's
 */
export async function readMetrics(address: string, wanted: RegExp, proof: string): Promise<Sample[]> {
  const url = new URL(address);
  if (url.pathname === '/') url.pathname = '/metrics';
  const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text.slice(0, 100).trim()}`);
  const samples = parsePrometheusText(text, wanted);
  if (!samples.some(({ name }) => name.startsWith(proof))) throw new Error(`its metrics contain no ${proof}`);
  return samples;
}

/** Samples of a kind, summed over all labels but these. */
export interface Sum {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** Sums the samples whose name matches, by these labels. */
export function sumBy(samples: readonly Sample[], name: RegExp, by: readonly string[]): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const sample of samples) {
    if (!name.test(sample.name) || Number.isNaN(sample.value)) continue;
    const labels = Object.fromEntries(by.map((label) => [label, sample.labels[label] ?? '']));
    const key = JSON.stringify(Object.values(labels));
    sums.set(key, { labels, value: (sums.get(key)?.value ?? 0) + sample.value });
  }
  return sums;
}

/**
 * How much the counters whose name matches grew; their total if there is no earlier check. A counter that fell
 * was reset to 0 by a restart.
 */
export function increases(
  samples: readonly Sample[],
  before: readonly Sample[] | undefined,
  name: RegExp,
  by: readonly string[],
): Sum[] {
  const earlier = before && sumBy(before, name, by);
  return [...sumBy(samples, name, by)]
    .map(([key, { labels, value }]) => {
      const past = earlier?.get(key)?.value ?? 0;
      return { labels, value: value < past ? value : value - past };
    })
    .filter(({ value }) => value > 0);
}
