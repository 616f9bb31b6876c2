import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { msToNs } from '@auditrail/core';
import { countEntries, type LokiClient } from '@auditrail/core/loki';
import { startStack, type RunningStack } from '@auditrail/stack';
import type { Benchmark } from '../benchmark.ts';
import { lokiOf } from '../chaos/read-back.ts';
import { check } from './check.ts';
import { bodyOf, makeVictim, type Sent, type Victim } from './victim.ts';
import { ATTACKS, type Attack } from './attacks.ts';

const MALLORY = { Login: 'mallory', UserUID: 'mallory', Email: 'mallory@example.com', Name: 'Mallory' };
const DAY_MS = 86_400_000;

async function post(url: string, token: string, headers: Record<string, string>, body: string): Promise<void> {
  const response = await fetch(`${url}/v1/logs`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}`, ...headers },
    body,
  });
  if (!response.ok) throw new Error(`the collector responded with ${response.status}: ${await response.text()}`);
}

async function send({ urls, tokensFor }: RunningStack, tenant: string, attack: Attack, victim: Victim, forged: Sent[]) {
  const headers = { 'X-Scope-OrgID': tenant };
  const context = { ...headers, 'X-Grafana-Context': JSON.stringify(MALLORY) };
  const isGrafana = attack.expects === 'author';
  await post(urls.collector, tokensFor(tenant).write, headers, bodyOf(victim.lines));
  if (isGrafana) await post(urls.collector, tokensFor(tenant).grafana, context, bodyOf(forged));
  else {
    // As the SDK sends: of lines in canonical form, the collector then takes times and attributes as they are.
    const direct = forged.every(({ line }) => line.startsWith('{"action":'));
    const more = direct ? { ...headers, 'X-Auditrail-Wait': 'loki' } : headers;
    await post(urls.collector, tokensFor(tenant).write, more, bodyOf(forged));
  }
}

async function waitForLines(loki: LokiClient, range: { start: bigint; end: bigint }, count: number): Promise<void> {
  for (const until = Date.now() + 15_000; Date.now() < until; await sleep(200)) {
    if ((await countEntries(loki, { range })) >= count) return;
  }
  throw new Error(`${count} lines did not arrive within 15 seconds`);
}

/**
 * Attacks that try to hide, replace or copy entries, or to discredit a stream, each in its own tenant. No entry may be hidden,
 * and each attack must be reported.
 */
export const forge: Benchmark = async ({ log }) => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-forge-'));
  const figures = { ways: 0, hidden: 0, named: 0, blamed: 0 };
  try {
    const stack = await startStack({ dataDir: join(folder, 'stack'), progress: { log, update: log } });
    try {
      const now = Date.now();
      const range = { start: msToNs(now - 3 * DAY_MS), end: msToNs(now + DAY_MS / 24) };
      for (const [i, attack] of ATTACKS.entries()) {
        const tenant = `forge-${i}`;
        const loki = lokiOf(stack, tenant);
        const victim = makeVictim(now);
        const forged = attack.forge(victim);
        await send(stack, tenant, attack, victim, forged);
        await waitForLines(loki, range, victim.lines.length + forged.length);
        const { hidden, named, blamed } = await check(loki, tenant, range, { attack, victim, forged });
        figures.ways++;
        figures.hidden += hidden.length;
        figures.named += Math.min(1, named.length);
        figures.blamed += blamed.length;
        const problems = [
          ...hidden.map((reader) => `hidden in ${reader}`),
          ...(named.length === 0 ? ['not reported'] : []),
          ...blamed.map((kind) => `a finding blames the victim: ${kind}`),
        ];
        log(`${attack.name}: ${problems.length > 0 ? problems.join(', ') : named.join(', ')}`);
      }
      return figures;
    } finally {
      await stack.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
