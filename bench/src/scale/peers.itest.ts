import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lokiName, msToNs, toAttributes } from '@auditrail/core';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { DAY_MS } from '../trail/calendar.ts';
import { trail } from '../trail/trail.ts';
import { QUESTIONS, type Peer, type PeerOptions, type Question } from './peer.ts';
import { openKeeper } from './keeper.ts';
import { openLoki } from './loki.ts';
import { requestsOf, sendRequests } from './send-entries.ts';
import { Tally, wrongAnswers } from './tally.ts';
import { openVictoriaLogs } from './victoria-logs.ts';

// The first run builds VictoriaLogs.
jest.setTimeout(240_000);

const endMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const options = { entries: 3_000, days: 1, endMs };
const range = { start: msToNs(endMs - DAY_MS), end: msToNs(endMs) };

test.each<[string, (options: PeerOptions) => Promise<Peer>]>([
  ['the keeper', openKeeper],
  ['VictoriaLogs', openVictoriaLogs],
  ['Loki', openLoki],
])('%s has all entries, and answers every question', async (_, openPeer) => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-peers-'));
  const peer = await openPeer({ folder, log: () => undefined });
  try {
    const tally = new Tally(options.entries, range);
    await peer.load(requestsOf(tally.count(trail(options))));
    const answers = {} as Record<Question, number>;
    for (const question of QUESTIONS) answers[question] = await peer.ask[question](tally.subjects);
    expect(wrongAnswers(tally.answers, answers)).toEqual([]);
    expect(peer.diskBytes()).toBeGreaterThan(100_000);
  } finally {
    await peer.stop();
    rmSync(folder, { recursive: true });
  }
});

test('Loki has the line and all attributes of each entry, as from the collector', async () => {
  const { urls } = testStack();
  const tenant = uniqueTenant('scale');
  const entries = [...trail({ ...options, entries: 500 })];
  // Close to each other, as one stream takes them.
  await sendRequests(requestsOf(entries), { url: `${urls.loki}/otlp/v1/logs`, headers: { 'X-Scope-OrgID': tenant } });
  const params = { query: '{audit_channel=~".+"}', limit: '1000', start: String(range.start), end: String(range.end) };
  const response = await fetch(`${urls.loki}/loki/api/v1/query_range?${new URLSearchParams(params)}`, {
    headers: { 'X-Scope-OrgID': tenant },
  });
  const answer = (await response.json()) as {
    data: { result: { stream: Record<string, string>; values: [string, string][] }[] };
  };
  const stored = new Map(
    answer.data.result.flatMap(({ stream, values }) =>
      values.map(([ns, line]): [string, object] => [line, { ns, stream }]),
    ),
  );
  expect(stored.size).toBe(500);
  for (const { ns, entry, line, hash } of entries) {
    const attributes = Object.entries(toAttributes(entry)).map(([name, value]) => [
      lokiName(name),
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]);
    expect(stored.get(line)).toMatchObject({
      ns: String(ns),
      stream: {
        ...(Object.fromEntries(attributes) as object),
        ...{ service_name: entry.service, audit_integrity_value: hash },
        ...(entry.trace && { trace_id: entry.trace.traceId, span_id: entry.trace.spanId }),
      },
    });
  }
});
