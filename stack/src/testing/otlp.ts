import {
  completeEntry,
  formatTime,
  msToNs,
  otlpLogs as toOtlp,
  type AuditEntry,
  type AuditEntryInput,
} from '@auditrail/core';
import { httpLokiClient, readEntries, type ReadOptions, type TrailLine } from '@auditrail/core/loki';
import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import type { TestStack } from './test-stack.ts';

let lastNs = 0n;

/** A complete entry for a test. Its time is now, or `msAgo` earlier, and unique. */
export function testEntry(input: Partial<AuditEntryInput> = {}, { msAgo = 0, service = 'shop' } = {}): AuditEntry {
  const now = msToNs(Date.now());
  lastNs = now > lastNs ? now : lastNs + 1n;
  const defaults = { action: 'user.login', description: 'Ada signed in', actor: { type: 'user', id: '42' } } as const;
  return completeEntry({ ...defaults, ...input }, { id: uuidv7(), time: formatTime(lastNs - msToNs(msAgo)), service });
}

/** The body of an OTLP/JSON request with these entries, as the SDK sends it. */
export function otlpLogs(entries: AuditEntry[]): string {
  return JSON.stringify(toOtlp(entries, 'auditrail'));
}

/** Posts to an OTLP receiver. With `token: ''`, sends no token. */
export function postLogs(
  url: string,
  token: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/v1/logs`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }), ...headers },
    body,
    signal: AbortSignal.timeout(20_000),
  });
}

/** Sends entries as an application does. @throws Error if the collector refuses them */
export async function sendEntries(
  { urls, tokensFor }: Pick<TestStack, 'urls' | 'tokensFor'>,
  tenant: string,
  entries: AuditEntry[],
): Promise<void> {
  const response = await postLogs(urls.gateway, tokensFor(tenant).write, otlpLogs(entries));
  if (!response.ok) throw new Error(`the collector responded with ${response.status}: ${await response.text()}`);
}

const DAY_MS = 86_400_000;

/** Reads a tenant's lines through the gateway, newest first; by default those of the last 30 days and the next hour. */
export async function readTrail(
  stack: Pick<TestStack, 'urls' | 'tokensFor'>,
  tenant: string,
  options: Pick<ReadOptions, 'query'> & Partial<Pick<ReadOptions, 'range'>> = {},
): Promise<TrailLine[]> {
  const headers = { Authorization: `Bearer ${stack.tokensFor(tenant).read}` };
  const loki = httpLokiClient({ url: stack.urls.gateway, tenant, headers });
  const now = Date.now();
  const range = { start: msToNs(now - 30 * DAY_MS), end: msToNs(now + 3_600_000) };
  const lines: TrailLine[] = [];
  for await (const page of readEntries(loki, { range, ...options })) lines.push(...page);
  return lines;
}

/**
 * Waits until a tenant has `count` lines, and returns them, newest first.
 *
 * @throws Error with the number of lines after `timeoutMs`
 */
export async function waitForTrail(
  stack: Pick<TestStack, 'urls' | 'tokensFor'>,
  tenant: string,
  count: number,
  { timeoutMs = 15_000, ...options }: Parameters<typeof readTrail>[2] & { timeoutMs?: number } = {},
): Promise<TrailLine[]> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const lines = await readTrail(stack, tenant, options);
    if (lines.length >= count) return lines;
    if (Date.now() > deadline) {
      throw new Error(`${lines.length} of ${count} lines in tenant ${tenant} after ${timeoutMs / 1000} s`);
    }
    await sleep(100);
  }
}
