import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { TimeRange } from '@auditrail/core/query';
import { startChild } from '../child.ts';
import type { KeeperAddress, KeeperInput } from './keeper-process.ts';
import { PAGE_ROWS, TOP_VALUES, type Peer, type PeerOptions } from './peer.ts';
import { folderBytes, processRss } from './process.ts';
import { sendRequests } from './send-entries.ts';

const TENANT = 'scale';
const TOKEN = 'intake-token-of-the-benchmark';
const PAGE_MAX = 5_000;

const rowsSchema = z.object({ entries: z.array(z.object({ line: z.string() })), next: z.unknown().optional() });
const countSchema = z.object({ count: z.number() });
const volumeSchema = z.object({ steps: z.array(z.object({ count: z.number() })) });
const valuesSchema = z.object({ values: z.array(z.object({ count: z.number() })) });

const is = (field: string, value: string) => ({ filters: [{ field, operator: 'is', values: [value] }] });
const sum = (counts: readonly { count: number }[]) => counts.reduce((all, { count }) => all + count, 0);

/** The keeper: loaded as the collector hands entries to it, and asked over its HTTP API. */
export async function openKeeper({ folder, log }: PeerOptions): Promise<Peer> {
  const data = join(folder, 'keeper');
  mkdirSync(data, { recursive: true });
  const input: KeeperInput = { folder: data, token: TOKEN, tenant: TENANT };
  const child = startChild(new URL('keeper-process.ts', import.meta.url), input);
  const { url, intakeUrl, secret } = await new Promise<KeeperAddress>((resolve, reject) => {
    child.process.stdout?.once('data', (text: string) => resolve(JSON.parse(text) as KeeperAddress));
    child.ended.then(({ how }) => reject(new Error(`the keeper ended with ${how}`)), reject);
  });

  const ask = async <T>(
    path: string,
    { start, end }: TimeRange,
    schema: z.ZodType<T>,
    more: object = {},
  ): Promise<T> => {
    const response = await fetch(`${url}/v1/entries${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ from: String(start), to: String(end), ...more }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`the keeper responded with ${response.status}: ${JSON.stringify(answer)}`);
    return schema.parse(answer);
  };
  const rows = async (range: TimeRange, more: object, limit = PAGE_ROWS) => {
    let count = 0;
    for (let after: unknown; ;) {
      const { entries, next } = await ask('', range, rowsSchema, {
        ...more,
        limit,
        ...(after !== undefined && { after }),
      });
      count += entries.length;
      if (next === undefined || limit === PAGE_ROWS) return count;
      after = next;
    }
  };
  const count = async (range: TimeRange, more = {}) => (await ask('/count', range, countSchema, more)).count;

  // Until each day is one segment.
  const untilClosed = async (entries: number) => {
    const db = new DatabaseSync(join(data, 'keeper.sqlite'), { readOnly: true });
    const closed = db.prepare('SELECT sum(rows) AS rows FROM segments WHERE closed = 1');
    while (Number(closed.get()?.['rows'] ?? 0) < entries) {
      if (child.process.exitCode !== null) throw new Error(`the keeper ended with ${child.process.exitCode}`);
      await sleep(200);
    }
    db.close();
  };

  return {
    name: 'keeper',
    isOurs: true,
    async load(requests) {
      const headers = { Authorization: `Bearer ${TOKEN}`, 'X-Scope-OrgID': TENANT };
      await untilClosed(await sendRequests(requests, { url: `${intakeUrl}/v1/logs`, headers, log }));
    },
    ask: {
      newest: ({ range }) => rows(range, {}),
      user: ({ range, email }) => rows(range, is('email', email), PAGE_MAX),
      ip: ({ range, ip }) => rows(range, is('ip', ip)),
      absent_action: ({ range, absentAction }) => rows(range, is('action', absentAction)),
      target: ({ range, targetId }) => rows(range, is('targetId', targetId)),
      session: ({ range, sessionId }) => rows(range, is('sessionId', sessionId), PAGE_MAX),
      id: ({ range, id }) => rows(range, is('id', id)),
      absent_id: ({ range, absentId }) => rows(range, is('id', absentId)),
      search_first: ({ range, word }) => rows(range, { search: word }),
      count: ({ range }) => count(range),
      count_user: ({ range, email }) => count(range, is('email', email)),
      histogram: async ({ range }) => sum((await ask('/volume', range, volumeSchema, { stepSeconds: 3_600 })).steps),
      async values({ range }) {
        return sum((await ask('/values', range, valuesSchema, { field: 'action', limit: TOP_VALUES })).values);
      },
    },
    diskBytes: () => folderBytes(join(data, 'days')),
    rssBytes: () => processRss(child.process.pid),
    async stop() {
      child.process.kill('SIGTERM');
      await child.ended;
    },
  };
}
