import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { msToNs } from '@auditrail/core';
import { DAY_MS } from '../trail/calendar.ts';
import { trail } from '../trail/trail.ts';
import { QUESTIONS } from './peer.ts';
import { folderBytes, processRss } from './process.ts';
import { peerFigures, type PeerResult } from './results.ts';
import { requestsOf, sendRequests, shared } from './send-entries.ts';
import { Tally, wrongAnswers } from './tally.ts';

const endMs = Date.UTC(2026, 10, 27);
const options = { entries: 6_000, days: 3, endMs };
const range = { start: msToNs(endMs - 3 * DAY_MS), end: msToNs(endMs) };

test('a tally chooses subjects that exist, and counts the right answers', () => {
  const tally = new Tally(options.entries, range);
  const entries = Array.from(tally.count(trail(options)), ({ entry }) => entry);
  const { subjects, answers } = tally;
  expect(answers).toMatchObject({
    newest: 100,
    absent_action: 0,
    id: 1,
    absent_id: 0,
    count: 6_000,
    histogram: 6_000,
  });
  const ids = entries.map(({ id }) => id);
  expect(ids.indexOf(subjects.id)).toBe(2_999);
  expect(ids).not.toContain(subjects.absentId);
  const session = entries.filter(({ source }) => source?.sessionId === subjects.sessionId);
  expect(answers.session).toBe(session.length);
  expect(session[0]?.action).toBe('user.login');
  expect(answers.ip).toBe(entries.filter(({ source }) => source?.ip === subjects.ip).length);
  expect(answers.user).toBe(entries.filter(({ actor }) => actor.email === subjects.email).length);
  expect(answers.values).toBeGreaterThan(1_500);
  expect(answers.values).toBeLessThan(6_000);
  expect(new Set(Object.keys(answers))).toEqual(new Set(QUESTIONS));
});

test('answers that are wrong are listed; counts of values can be slightly too low', () => {
  const right = new Tally(1, range).answers;
  const values = 1_000;
  expect(wrongAnswers({ ...right, values }, { ...right, values: 996 })).toEqual([]);
  expect(wrongAnswers({ ...right, values }, { ...right, values: 1_001, user: 2 })).toEqual([
    'user: 2 instead of 0',
    'values: 1001 instead of 1000',
  ]);
});

test('figures have the name of their peer; ours has none, and ratios', () => {
  const every = (ms: number) => Object.fromEntries(QUESTIONS.map((question) => [question, ms])) as PeerResult['ms'];
  const loki = { name: 'loki', isOurs: false, entries: 2e6, loadMs: 1e5, diskBytes: 3e8, rssBytes: undefined };
  const results = [{ ...loki, ms: every(200.1234) }];
  const figures = peerFigures(results);
  expect(figures).toMatchObject({ loki_newest_ms: 200, loki_load_rate: 20_000, loki_mb_per_million: 150 });
  expect(figures).not.toHaveProperty('loki_rss_mb');
  const ours = { ...loki, name: 'keeper', isOurs: true, ms: every(50), rssBytes: 4e8 };
  const both = peerFigures([...results, ours]);
  expect(both).toMatchObject({ newest_ms: 50, newest_ratio_loki: 0.25, loki_newest_ms: 200, rss_mb: 400 });
  expect(Object.keys(both).some((name) => name.includes('keeper'))).toBe(false);
});

test('a refused request ends the loading', async () => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(400).end('too late'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`;
  await expect(sendRequests(requestsOf(trail({ ...options, entries: 10 })), { url })).rejects.toThrow('400 too late');
  server.close();
});

test('the size of a folder and the memory of a process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-scale-'));
  try {
    writeFileSync(join(folder, 'a'), 'four');
    expect(folderBytes(folder)).toBe(4);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const rss = processRss(process.pid);
  if (process.platform === 'linux') expect(rss).toBeGreaterThan(1e6);
  expect(processRss(undefined)).toBeUndefined();
});

test('several readers get the same items, each made once, at their own pace', () => {
  let made = 0;
  const items = shared(
    (function* () {
      while (made < 3) yield made++;
    })(),
  );
  const [first, second] = [items[Symbol.iterator](), items[Symbol.iterator]()];
  expect([first.next().value, first.next().value, second.next().value]).toEqual([0, 1, 0]);
  expect(made).toBe(2);
  expect([...items]).toEqual([0, 1, 2]);
  expect(first.next().value).toBe(2);
  expect(first.next().done).toBe(true);
  expect(second.next().value).toBe(1);
});
