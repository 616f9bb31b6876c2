import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { canonicalJson, type AuditEntry } from '@auditrail/core';
import { lineHash, type AuditEntryInput } from '@auditrail/sdk';
import { ensureGoProgram, inRoot, pythonWith } from '@auditrail/stack';
import { sendEntries, testEntry } from '@auditrail/stack/testing';
import { recordEntries } from './record-entries.ts';
import type { Site } from './sites.ts';

const MINUTE_MS = 60_000;
const SERVICE = 'web-shop';

const ADMIN = { type: 'user', id: '1', name: 'Ada Lovelace', email: 'ada@example.com' } as const;
const CUSTOMER = { type: 'user', id: '7', name: 'Grace Hopper', email: 'grace@example.com' } as const;
const AGENT = { name: 'support-bot', version: '2.1', model: 'support-small', runId: 'run-4711' };
const BOT = { type: 'agent', id: 'support-bot', name: 'support-bot', agent: AGENT } as const;
const ORDER = { type: 'order', id: '1042', name: 'Tea set' } as const;

// As the first version of the SDK wrote them.
const OLDER: Array<Partial<AuditEntryInput>> = [
  { actor: CUSTOMER, description: 'Grace Hopper signed in', channel: 'auth', authContext: 'web' },
  {
    ...{ actor: CUSTOMER, action: 'order.created', channel: 'orders', description: 'Grace Hopper ordered a tea set' },
    target: ORDER,
  },
];

const NEWER: AuditEntryInput[] = [
  {
    ...{ actor: ADMIN, onBehalfOf: [CUSTOMER], action: 'cart.emptied', channel: 'orders', authContext: 'ui' },
    description: 'Ada Lovelace emptied the cart of Grace Hopper',
    reason: 'Cart could not be opened, ticket OPS-7',
    source: { ip: '10.2.3.4', sessionId: 's-41-7' },
  },
  {
    ...{ actor: BOT, onBehalfOf: [CUSTOMER], action: 'order.refunded', channel: 'orders', authContext: 'mcp' },
    ...{
      event: 'denied',
      outcome: 'failure',
      error: { code: 'DENIED', message: 'refunds over 100 EUR need a person' },
    },
    description: 'support-bot could not refund the order of Grace Hopper',
    target: ORDER,
  },
  {
    ...{ actor: BOT, onBehalfOf: [CUSTOMER], action: 'order.updated', channel: 'orders', authContext: 'mcp' },
    description: 'support-bot gave Grace Hopper a discount on her order',
    reason: 'Delayed delivery, ticket OPS-9',
    target: ORDER,
    related: [{ type: 'invoice', id: '2026-318' }],
    request: { id: 'req-90b1', operation: 'giveDiscount' },
    changes: [{ path: 'price', before: 80, after: 72 }],
  },
];

/** Entries of the first version of the schema, linked to a chain as the SDK does. */
function olderEntries(tenant: string): AuditEntry[] {
  let prev: string | null = null;
  return OLDER.map((input, i) => {
    const entry = testEntry(input, { msAgo: (22 - 3 * i) * MINUTE_MS, service: SERVICE });
    const linked: AuditEntry = { ...entry, schema: 1, chain: { stream: `older-${tenant}`, seq: i + 1, prev } };
    prev = lineHash(canonicalJson(linked));
    return linked;
  });
}

function runExample(site: Site, service: string, command: string, ...args: string[]): void {
  const env = {
    OTEL_SERVICE_NAME: service,
    OTEL_EXPORTER_OTLP_ENDPOINT: site.parts.urls.gateway,
    OTEL_EXPORTER_OTLP_HEADERS: `Authorization=Bearer%20${site.parts.tokensFor(site.tenant).write}`,
  };
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`the example of ${service} failed: ${stderr}`);
}

/**
 * Writes a trail of both versions of the schema: a customer, an administrator and an AI agent who act for the customer, and
 * the examples for Go and Python.
 *
 * @returns the services, as a query of the page's address
 */
export async function recordSampleTrail(site: Site): Promise<string> {
  const { parts, tenant } = site;
  await sendEntries(parts, tenant, olderEntries(tenant));
  const now = Date.now();
  const newer = NEWER.map((input, i) => ({ ...input, time: new Date(now - (12 - 4 * i) * MINUTE_MS).toISOString() }));
  await recordEntries(parts, tenant, newer, { service: SERVICE, integrity: { marks: false } });
  const requirements = readFileSync(inRoot('examples/python/requirements.txt'), 'utf8').trim().split('\n');
  runExample(site, 'shop-python', await pythonWith(requirements), inRoot('examples/python/main.py'));
  runExample(site, 'shop-go', await ensureGoProgram(inRoot('examples/go'), ['main.go']));
  return [SERVICE, 'shop-python', 'shop-go'].map((service) => `service=${service}`).join('&');
}
