import { setTimeout } from 'node:timers/promises';
import { msToNs, type Actor } from '@auditrail/core';
import { countEntries, httpLokiClient } from '@auditrail/core/loki';
import type { AuditEntryInput } from '@auditrail/sdk';
import { recordEntries } from './record-entries.ts';
import type { Site } from './sites.ts';

/** Markup and code as an attacker may write it into entries; each sets `window.hacked` if it runs. */
export const ATTACKS = [
  '<img src=x onerror="window.hacked=1">',
  '"><script>window.hacked=1</script>',
  "'};window.hacked=1;//",
  '<svg/onload=window.hacked=1>',
  '{{constructor.constructor("window.hacked=1")()}}',
  'javascript:window.hacked=1',
];

const STEP_MS = 1_000;

/** A history in a time range without other entries. */
export interface Seed {
  /** URL parameters with the time range of this history. */
  range: URLSearchParams;
  /** Newest first, with times. */
  entries: (AuditEntryInput & { time: string })[];
}

const ada: Actor = { type: 'user', id: '1', name: 'Ada Lovelace', email: 'ada@example.com' };
const bob: Actor = { type: 'user', id: '2', name: 'Bob', email: 'bob@example.com', groups: ['buyers'] };

// A day at a shop: sign-ins, some of which fail, changes of products, a nightly job, and an attacker.
function history(): AuditEntryInput[] {
  const ordinary = Array.from({ length: 120 }, (_, index): AuditEntryInput => {
    const actor = index % 3 === 0 ? bob : ada;
    const source = { ip: `10.0.0.${index % 5}`, userAgent: 'Test/1.0' };
    if (index % 4 === 0) {
      const failed = index % 8 === 0;
      const outcome = failed ? { outcome: 'failure' as const, error: { message: 'wrong password' } } : {};
      const description = `${actor.name} ${failed ? 'could not sign in' : 'signed in'} (${index})`;
      return { action: 'user.login', channel: 'auth', description, actor, source, authContext: 'portal', ...outcome };
    }
    return {
      action: 'product.updated',
      channel: 'catalogue',
      description: `${actor.name} changed the price of tea 50% (${index})`,
      target: { type: 'Product', id: String(index), name: 'Tea' },
      scope: { project: index % 2 ? 'Apollo' : 'Gemini', package: 'tea' },
      changes: [{ path: 'price', before: index, after: index + 1 }],
      ...{ actor, source },
    };
  });
  const job: AuditEntryInput = { action: 'stock.counted', description: 'Stock was counted', actor: { type: 'system' } };
  const attacks = ATTACKS.map((text): AuditEntryInput => ({
    action: 'review.created',
    description: `${text} in a review`,
    actor: { type: 'user', id: text, name: text, email: text },
    source: { ip: text, userAgent: text, sessionId: text },
    target: { type: text, id: text, name: text },
    outcome: 'failure',
    error: { code: text, message: text },
    authContext: text,
    request: { method: text, endpoint: text, operation: text },
    changes: [{ path: text, before: text, after: { [text]: text } }],
    properties: { [text]: text },
  }));
  return [...ordinary, job, ...attacks];
}

/** Writes the history through the SDK and the collector, and waits until Loki shows it. */
export async function seed(site: Site): Promise<Seed> {
  const { parts, tenant } = site;
  const inputs = history();
  const start = await findEmptyRange(site, inputs.length * STEP_MS);
  const entries = inputs.map((input, index) => ({ ...input, time: new Date(start + index * STEP_MS).toISOString() }));
  // Without the entries of the chain, so that tests can count.
  await recordEntries(parts, tenant, entries, { service: 'seed', integrity: { marks: false } });
  const end = start + inputs.length * STEP_MS;
  await waitUntilStored(site, start, end, entries.length);
  const range = new URLSearchParams({ from: new Date(start).toISOString(), to: new Date(end).toISOString() });
  return { entries: entries.reverse(), range };
}

/** The number of the tenant's entries in a range in milliseconds since 1970. */
async function countStored({ parts, tenant }: Site, start: number, end: number): Promise<number> {
  const headers = { Authorization: `Bearer ${parts.tokensFor(tenant).read}` };
  const loki = httpLokiClient({ url: parts.urls.gateway, tenant, headers });
  return countEntries(loki, { range: { start: msToNs(start), end: msToNs(end) } });
}

// Between an hour and ten days ago, which is late by Loki's defaults. A Grafana's tenant may have other entries.
async function findEmptyRange(site: Site, length: number): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const age = 3_600_000 + Math.floor(Math.random() * 10 * 24 * 3_600) * STEP_MS;
    const start = Math.floor(Date.now() / STEP_MS) * STEP_MS - age;
    if ((await countStored(site, start, start + length)) === 0) return start;
  }
  throw new Error(`No empty time range found in the last ten days of tenant ${site.tenant}`);
}

// Loki may show accepted entries later, by the collector's batch time, and the page does not refresh itself.
async function waitUntilStored(site: Site, start: number, end: number, count: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const stored = await countStored(site, start, end);
    if (stored === count) {
      return;
    }
    if (Date.now() > deadline) {
      throw new Error(`Loki shows ${stored} of ${count} accepted entries after 20 s`);
    }
    await setTimeout(100);
  }
}
