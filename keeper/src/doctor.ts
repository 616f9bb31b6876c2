import { setTimeout as sleep } from 'node:timers/promises';
import { checkGateway } from './gateway.ts';
import { checkHealth } from './health.ts';
import { checkLokiConfig } from './loki-config.ts';
import { parseLokiDuration, type Finding } from './retention.ts';

export interface DoctorOptions {
  lokiConfig?: string;
  overrides?: string[];
  url?: string;
  token?: string;
  tenant: string;
  /** Addresses that answer 2xx as long as something is well, such as the collector's. */
  health?: string[];
  /** Look again after this duration, for ever; what is found is told when it changes. */
  every?: string;
}

const lines = (findings: Finding[]) =>
  findings.map(({ ok, what, remedy }) => `${ok ? 'ok  ' : 'FAIL'} ${what}${remedy ? `: ${remedy}` : ''}`).join('\n');

async function look({ lokiConfig, overrides, url, token, tenant, health }: DoctorOptions): Promise<Finding[]> {
  const findings = lokiConfig ? checkLokiConfig(lokiConfig, { ...(overrides && { overrides }) }) : [];
  findings.push(...(await Promise.all((health ?? []).map(checkHealth))));
  if (!url) return findings;
  if (!token) throw new Error("--url needs the reader's token: --token, or AUDITRAIL_READ_TOKEN");
  return [...findings, ...(await checkGateway({ url, token, tenant }))];
}

/**
 * Looks an installation over and says what it finds. Resolves with the exit code: 0, or 1 where something is to be mended.
 *
 * @throws Error where it was given nothing to look at, or a file that cannot be read.
 */
export async function doctor(options: DoctorOptions, say: (text: string) => void = console.log): Promise<number> {
  if (!options.lokiConfig && !options.url && !options.health?.length) {
    throw new Error('nothing to look at: give --loki-config FILE, --url URL or --health URL');
  }
  const pauseMs = options.every === undefined ? undefined : parseLokiDuration(options.every);
  if (options.every !== undefined && !pauseMs)
    throw new Error(`--every ${options.every} is no duration such as 60s or 5m`);
  for (let told = ''; ;) {
    const findings = await look(options);
    const text = lines(findings);
    if (text !== told) say(told ? `${new Date().toISOString()}\n${text}` : text);
    told = text;
    if (!pauseMs) return findings.every(({ ok }) => ok) ? 0 : 1;
    await sleep(pauseMs);
  }
}
