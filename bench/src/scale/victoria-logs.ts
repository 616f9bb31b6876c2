import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { ATTRIBUTES, SERVICE_NAME, formatTime } from '@auditrail/core';
import type { TimeRange } from '@auditrail/core/query';
import { ensureVictoriaLogs, freePort } from '@auditrail/stack';
import { createPart } from '../../../stack/src/services/part.ts';
import { PAGE_ROWS, TOP_VALUES, type Peer, type PeerOptions } from './peer.ts';
import { folderBytes, processRss } from './process.ts';
import { sendRequests } from './send-entries.ts';

// Fields with few values, as its manual advises. All other attributes are fields, which it indexes by itself.
const STREAM_FIELDS = [SERVICE_NAME, ATTRIBUTES.channel, ATTRIBUTES.outcome];
const STEP = '1h';

const countSchema = z.object({ entries: z.coerce.number() });
const hitsSchema = z.object({ hits: z.array(z.object({ values: z.array(z.number()) })) });
const valuesSchema = z.object({ values: z.array(z.object({ value: z.string(), hits: z.number() })) });

/** A LogsQL filter: the field has exactly this value. */
const is = (attribute: string, value: string) => `${JSON.stringify(attribute)}:=${JSON.stringify(value)}`;

/** VictoriaLogs with its default settings, loaded over its OTLP endpoint and asked in LogsQL. */
export async function openVictoriaLogs({ folder, log }: PeerOptions): Promise<Peer> {
  const data = join(folder, 'victoria-logs');
  mkdirSync(data, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = createPart({
    name: 'VictoriaLogs',
    command: await ensureVictoriaLogs({ log, update: log }),
    args: [
      ...[`-httpListenAddr=127.0.0.1:${port}`, `-storageDataPath=${data}`],
      // As Loki's retention_period and query_timeout.
      ...['-retentionPeriod=365d', '-search.maxQueryDuration=2m'],
    ],
    env: {},
    logFile: join(folder, 'victoria-logs.log'),
    readyUrl: `${url}/health`,
    onCrash: (message) => console.error(message),
  });
  await server.start();

  const request = async (path: string, params: Record<string, string> = {}): Promise<string> => {
    const response = await fetch(url + path, { method: 'POST', body: new URLSearchParams(params) });
    const answer = await response.text();
    if (!response.ok) throw new Error(`VictoriaLogs responded to ${path} with ${response.status}: ${answer}`);
    return answer;
  };
  const ask = (path: string, query: string, { start, end }: TimeRange, more: Record<string, string> = {}) =>
    request(`/select/logsql/${path}`, { query, start: formatTime(start), end: formatTime(end), ...more });
  // Times and lines only, as from Loki: a line has everything.
  const rows = async (filter: string, range: TimeRange, limit?: number) => {
    const limited = limit === undefined ? undefined : { limit: String(limit) };
    const answer = await ask('query', `${filter} | fields _time, _msg`, range, limited);
    return answer === '' ? 0 : answer.trimEnd().split('\n').length;
  };
  const count = async (filter: string, range: TimeRange) => {
    const answer = await ask('query', `${filter} | stats count() as entries`, range);
    return countSchema.parse(JSON.parse(answer)).entries;
  };

  return {
    name: 'vlogs',
    async load(requests) {
      const headers = { 'VL-Stream-Fields': STREAM_FIELDS.join(',') };
      await sendRequests(requests, { url: `${url}/insert/opentelemetry/v1/logs`, headers, log });
      await request('/internal/force_flush');
      await server.stop();
      await server.start();
    },
    ask: {
      newest: ({ range }) => rows('*', range, PAGE_ROWS),
      user: ({ range, email }) => rows(is(ATTRIBUTES.actorEmail, email), range),
      ip: ({ range, ip }) => rows(is(ATTRIBUTES.sourceIp, ip), range, PAGE_ROWS),
      absent_action: ({ range, absentAction }) => rows(is(ATTRIBUTES.action, absentAction), range, PAGE_ROWS),
      target: ({ range, targetId }) => rows(is(ATTRIBUTES.targetId, targetId), range, PAGE_ROWS),
      session: ({ range, sessionId }) => rows(is(ATTRIBUTES.sessionId, sessionId), range),
      id: ({ range, id }) => rows(is(ATTRIBUTES.recordId, id), range, PAGE_ROWS),
      absent_id: ({ range, absentId }) => rows(is(ATTRIBUTES.recordId, absentId), range, PAGE_ROWS),
      // A word of the line, for which it has an index.
      search_first: ({ range, word }) => rows(JSON.stringify(word), range, PAGE_ROWS),
      count: ({ range }) => count('*', range),
      count_user: ({ range, email }) => count(is(ATTRIBUTES.actorEmail, email), range),
      async histogram({ range }) {
        const answer = await ask('hits', '*', range, { step: STEP, field: ATTRIBUTES.outcome });
        const { hits } = hitsSchema.parse(JSON.parse(answer));
        return hits.flatMap(({ values }) => values).reduce((sum, value) => sum + value, 0);
      },
      async values({ range }) {
        const answer = await ask('field_values', '*', range, { field: ATTRIBUTES.action });
        const counts = valuesSchema.parse(JSON.parse(answer)).values.map(({ hits }) => hits);
        const top = counts.sort((a, b) => b - a).slice(0, TOP_VALUES);
        return top.reduce((sum, hits) => sum + hits, 0);
      },
    },
    diskBytes: () => folderBytes(data),
    rssBytes: () => processRss(server.pid),
    stop: () => server.stop(),
  };
}
