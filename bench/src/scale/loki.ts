import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countEntries, findEntries, httpLokiClient, readEntries, readVolume, valuesSoFar } from '@auditrail/core/loki';
import type { EntryQuery, Filter, FilterField, TimeRange } from '@auditrail/core/query';
import { startStack } from '@auditrail/stack';
import { discard, settle, withoutTimeSharding } from '../load-entries.ts';
import { PAGE_ROWS, TOP_VALUES, type Peer, type PeerOptions } from './peer.ts';
import { folderBytes, processRss } from './process.ts';
import { sendRequests } from './send-entries.ts';

const TENANT = 'scale';

const is = (field: FilterField, value: string): EntryQuery => {
  const filter: Filter = { field, operator: 'is', values: [value] };
  return { filters: [filter] };
};

/** Loki as Auditrail uses it: loaded over its OTLP endpoint, and asked with core's reader through the gateway. */
export async function openLoki({ folder, log }: PeerOptions): Promise<Peer> {
  const overrides = join(folder, 'overrides.yaml');
  writeFileSync(overrides, withoutTimeSharding(TENANT));
  const stack = await startStack({ dataDir: join(folder, 'stack'), overrides, progress: { log, update: log } });
  const { urls, dataDir } = stack;
  const headers = { Authorization: `Bearer ${stack.tokensFor(TENANT).read}` };
  const loki = httpLokiClient({ url: urls.gateway, tenant: TENANT, headers });

  const firstRows = async (query: EntryQuery, range: TimeRange) => {
    let rows = 0;
    for await (const page of readEntries(loki, { query, range, pageEntries: PAGE_ROWS })) {
      rows += page.length;
      if (rows >= PAGE_ROWS) break;
    }
    return Math.min(rows, PAGE_ROWS);
  };
  const allRows = async (query: EntryQuery, range: TimeRange) => {
    let rows = 0;
    for await (const page of readEntries(loki, { query, range })) rows += page.length;
    return rows;
  };
  const find = async (id: string, range: TimeRange) => {
    for await (const lines of findEntries(loki, id, { range })) return lines.length;
    return 0;
  };

  return {
    name: 'loki',
    async load(requests) {
      const url = `${urls.loki}/otlp/v1/logs`;
      await sendRequests(requests, { url, headers: { 'X-Scope-OrgID': TENANT }, log });
      await settle(stack);
    },
    ask: {
      newest: ({ range }) => firstRows({}, range),
      user: ({ range, email }) => allRows(is('email', email), range),
      ip: ({ range, ip }) => firstRows(is('ip', ip), range),
      absent_action: ({ range, absentAction }) => firstRows(is('action', absentAction), range),
      target: ({ range, targetId }) => firstRows(is('targetId', targetId), range),
      session: ({ range, sessionId }) => allRows(is('sessionId', sessionId), range),
      id: ({ range, id }) => find(id, range),
      absent_id: ({ range, absentId }) => find(absentId, range),
      search_first: ({ range, word }) => firstRows({ search: word }, range),
      count: ({ range }) => countEntries(loki, { range }),
      count_user: ({ range, email }) => countEntries(loki, { query: is('email', email), range }),
      async histogram({ range }) {
        let sum = 0;
        for await (const bars of readVolume(loki, { range })) {
          for (const { success, failure } of bars) sum += success + failure;
        }
        return sum;
      },
      async values({ range }) {
        let sum = 0;
        for await (const { values } of valuesSoFar(loki, 'action', { range })) {
          sum = values.slice(0, TOP_VALUES).reduce((all, { count }) => all + count, 0);
        }
        return sum;
      },
    },
    // The object store: chunks and the index.
    diskBytes: () => folderBytes(join(dataDir, 'loki/chunks')),
    rssBytes: () => processRss(stack.loki.pid),
    stop: () => discard(stack),
  };
}
