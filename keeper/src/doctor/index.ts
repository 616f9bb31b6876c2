import { setTimeout as sleep } from 'node:timers/promises';
import { parseDurationMs } from '@auditrail/core/loki';
import { checkGateway } from './gateway.ts';
import { checkHealth } from './health.ts';
import { checkLokiConfig } from './loki-config.ts';
import { Pipeline, type PipelineFinding, type PipelineOptions } from '../pipeline/index.ts';
import { checkRecentChains } from './recent-chains.ts';
import { type Finding } from './retention.ts';
import { UsageError } from '../terminal/usage-error.ts';

export interface DoctorOptions extends PipelineOptions {
  lokiConfig?: string;
  overrides?: string[];
  url?: string;
  token?: string;
  tenant: string;
  /** Also verify the chains of entries that are not older than this, such as `10m`. */
  chains?: string;
  /** Health endpoints, such as the collector's; 2xx means healthy. */
  health?: string[];
  /**
   * Repeat the checks after this duration, until `signal` aborts; later checks print only problems that began, changed or
   * ended.
   */
  every?: string;
  signal?: AbortSignal;
}

const lineOf = ({ ok, what, remedy }: Finding) => `${ok ? 'ok  ' : 'FAIL'} ${what}${remedy ? `: ${remedy}` : ''}`;

async function look(pipeline: Pipeline, options: DoctorOptions): Promise<(Finding | PipelineFinding)[]> {
  const { lokiConfig, overrides, url, token, tenant, health, chains } = options;
  const findings: Finding[] = lokiConfig ? checkLokiConfig(lokiConfig, { ...(overrides && { overrides }) }) : [];
  findings.push(...(await Promise.all((health ?? []).map(checkHealth))), ...(await pipeline.look()));
  if (!url || !token) return findings;
  findings.push(...(await checkGateway({ url, token, tenant })));
  // One line is enough for a gateway that does not answer.
  if (chains && findings.every(({ ok }) => ok))
    findings.push(...(await checkRecentChains({ url, token, tenant, chains })));
  return findings;
}

/** The current problems, and since when. */
type Failing = Map<string, { what: string; sinceMs: number }>;

const isPipeline = (finding: Finding): finding is PipelineFinding => 'code' in finding;
const keyOf = (finding: Finding) => (isPipeline(finding) ? `${finding.code} ${finding.about}` : finding.what);

/** Lines about problems that began, occurred again or ended since the last check; updates `failing`. */
function newsOf(findings: readonly Finding[], failing: Failing, nowMs: number): string[] {
  const news: string[] = [];
  const bad = new Map(findings.filter(({ ok }) => !ok).map((finding) => [keyOf(finding), finding]));
  for (const [key, finding] of bad) {
    const known = failing.get(key);
    if (!known || (isPipeline(finding) && finding.event)) news.push(lineOf(finding));
    failing.set(key, { what: finding.what, sinceMs: known?.sinceMs ?? nowMs });
  }
  for (const [key, { what, sinceMs }] of failing) {
    if (bad.has(key)) continue;
    failing.delete(key);
    news.push(`ok   over after ${Math.round((nowMs - sinceMs) / 1_000)} s: ${what}`);
  }
  return news;
}

function pauseOf({ every }: DoctorOptions): number | undefined {
  if (every === undefined) return undefined;
  const ms = parseDurationMs(/^\d+$/.test(every) ? `${every}s` : every);
  if (ms) return ms;
  throw new UsageError(`--every ${every} is not a duration such as 60s or 5m`);
}

/** @returns false if the signal aborted */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await sleep(ms, undefined, signal && { signal });
    return true;
  } catch (error) {
    if (signal?.aborted) return false;
    throw error;
  }
}

/**
 * Checks an installation and reports problems. Resolves with the exit code: 0, or 1 if there are problems.
 *
 * @throws UsageError if there is nothing to check; Error if a file cannot be read.
 */
export async function doctor(options: DoctorOptions, print: (text: string) => void = console.log): Promise<number> {
  const pipeline = new Pipeline(options);
  if (!options.lokiConfig && !options.url && !options.health?.length && pipeline.isEmpty) {
    throw new UsageError('nothing to check: give --loki-config, --url, --health or one of the paths and metrics');
  }
  if (options.url && !options.token) {
    throw new UsageError("--url needs the reader's token: --token, or AUDITRAIL_READ_TOKEN");
  }
  if (options.chains && !options.url) throw new UsageError('--chains needs --url: the gateway to read from');
  const pauseMs = pauseOf(options);
  const failing: Failing = new Map();
  for (let first = true; ; first = false) {
    const findings = await look(pipeline, options);
    const nowMs = Date.now();
    const news = newsOf(findings, failing, nowMs);
    if (first) print(findings.map(lineOf).join('\n'));
    else if (news.length > 0) print(news.map((line) => `${new Date(nowMs).toISOString()} ${line}`).join('\n'));
    const code = failing.size === 0 ? 0 : 1;
    if (!pauseMs || !(await pause(pauseMs, options.signal))) return code;
  }
}
