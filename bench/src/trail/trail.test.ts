import { canonicalJson, parseEntry, parseTime, type AuditEntry } from '@auditrail/core';
import { entryJsonSchema } from '@auditrail/core/json-schema';
import { verifyTrail } from '@auditrail/core/verify';
import { lineHash } from '@auditrail/sdk';
import canonicalize from 'canonicalize';
import * as z from 'zod';
import { createActions } from './actions.ts';
import { activityAt, DAY_MS, isWeekend } from './calendar.ts';
import { ACTORS } from './people.ts';
import { trail } from './trail.ts';
import { weighted, zipfWeights } from './weighted.ts';
import { RARE_WORDS } from './words.ts';
import { seededRandom } from '../random.ts';

// A Friday: the seven days before it include a weekend.
const endMs = Date.UTC(2026, 10, 27);
const week = [...trail({ entries: 20_000, days: 7, endMs })];
const entries = week.map(({ entry }) => entry);

function countBy<T>(items: readonly T[], key: (item: T) => string | undefined): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const name = key(item);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
const share = (is: (entry: AuditEntry) => boolean) => entries.filter(is).length / entries.length;
const atMs = ({ ns }: { ns: bigint }) => Number(ns / 1_000_000n);

test('the same seed results in the same lines', () => {
  const lines = (seed: number) =>
    Array.from(trail({ entries: 500, days: 2, seed, endMs }), ({ line }) => line).join('\n');
  expect(lines(7)).toBe(lines(7));
  expect(lines(7)).not.toBe(lines(8));
});

test.each([1, 999, 3_000])('%i entries are in the range, oldest first, each at its own time', (count) => {
  const all = [...trail({ entries: count, days: 3, endMs })];
  expect(all).toHaveLength(count);
  expect(all.every(({ ns }, i) => i === 0 || ns > (all[i - 1]?.ns ?? 0n))).toBe(true);
  expect(all.every((each) => atMs(each) >= endMs - 3 * DAY_MS && atMs(each) < endMs)).toBe(true);
  expect(new Set(all.map(({ entry }) => entry.id)).size).toBe(count);
});

test('each line is canonical and valid by the schema, and has its hash', () => {
  const schema = z.fromJSONSchema(entryJsonSchema(2));
  for (const { line, hash, entry, ns } of week.filter((_, n) => n % 20 === 0)) {
    expect(schema.safeParse(JSON.parse(line)).error).toBeUndefined();
    expect(canonicalJson(parseEntry(line))).toBe(line);
    expect(canonicalize(JSON.parse(line))).toBe(line);
    expect(JSON.parse(line)).toEqual(entry);
    expect(lineHash(line)).toBe(hash);
    expect(parseTime(entry.time)).toBe(ns);
  }
});

test('the chains verify, and restart', async () => {
  const lines = Array.from(trail({ entries: 2_000, days: 7, endMs }), ({ line }) => line);
  const report = await verifyTrail(lines);
  expect(report).toMatchObject({ ok: true, lines: 2_000, verified: 2_000, unchained: 0, findings: [] });
  const tails = countBy(report.streams, ({ tail }) => tail);
  expect(tails.get('open')).toBe(16);
  expect(tails.get('ended')).toBeGreaterThan(16);
  expect(report.streams.every(({ head }) => head === 'start')).toBe(true);
});

test('people work in office hours', () => {
  const hours = countBy(week, (each) => String(Math.floor((atMs(each) % DAY_MS) / 3_600_000)));
  expect(hours.get('9') ?? 0).toBeGreaterThan(5 * (hours.get('2') ?? 0));
  const weekend = week.filter((each) => isWeekend(atMs(each))).length / week.length;
  expect(weekend).toBeGreaterThan(0.04);
  expect(weekend).toBeLessThan(0.12);
  expect(activityAt(Date.UTC(2026, 10, 25, 9))).toBe(1);
});

test('few of the actors are busy', () => {
  const counts = [...countBy(entries, ({ actor }) => actor.id).values()].sort((a, b) => b - a);
  expect(counts.length).toBeGreaterThan(500);
  expect(counts.length).toBeLessThanOrEqual(ACTORS);
  const busiest = counts.slice(0, 100).reduce((sum, count) => sum + count, 0) / entries.length;
  expect(busiest).toBeGreaterThan(0.15);
  expect(busiest).toBeLessThan(0.6);
});

test('300 actions in 12 channels, of which 60 are rare', () => {
  const { all, rare } = createActions(20_000);
  expect(new Set(all.map(({ action }) => action)).size).toBe(300);
  expect(new Set(all.map(({ channel }) => channel)).size).toBe(12);
  expect(rare).toHaveLength(60);
  const channels = countBy(entries, ({ channel }) => channel);
  expect(new Set(channels.keys())).toEqual(new Set([...all.map(({ channel }) => channel), 'integrity']));
  const isRare = new Set(rare.map(({ action }) => action));
  const seen = entries.filter(({ action }) => isRare.has(action)).length;
  // 60 × 12 in a year are 14 in a week.
  expect(seen).toBeGreaterThan(4);
  expect(seen).toBeLessThan(30);
});

test('agents act for people, jobs run, and some entries fail in bursts', () => {
  const isAgent = ({ actor }: AuditEntry) => actor.type === 'agent';
  expect(share(isAgent)).toBeGreaterThan(0.02);
  expect(share(isAgent)).toBeLessThan(0.1);
  expect(entries.filter(isAgent).every(({ onBehalfOf }) => onBehalfOf?.[0]?.type === 'user')).toBe(true);
  expect(share(({ category }) => category === 'task')).toBeGreaterThan(0.02);
  const failures = share(({ outcome }) => outcome === 'failure');
  expect(failures).toBeGreaterThan(0.03);
  expect(failures).toBeLessThan(0.1);
  const attackers = countBy(entries, ({ source }) => (source?.ip?.startsWith('198.19.') ? source.ip : undefined));
  expect(attackers.size).toBeGreaterThan(3);
  expect(Math.max(...attackers.values())).toBe(17);
});

test('sessions begin with a sign-in, and requests share traces', () => {
  const first = new Map<string, string>();
  for (const { source, action } of entries) {
    const id = source?.sessionId;
    if (id !== undefined && !first.has(id)) first.set(id, action);
  }
  expect(new Set(first.values())).toEqual(new Set(['user.login']));
  const perSession = share(({ source }) => source?.sessionId !== undefined) / (first.size / entries.length);
  expect(perSession).toBeGreaterThan(8);
  expect(perSession).toBeLessThan(25);
  const traces = countBy(entries, ({ trace }) => trace?.traceId);
  expect(Math.max(...traces.values())).toBeGreaterThan(2);
});

test('rare words are in few descriptions, and nowhere else', () => {
  const rare = new RegExp(RARE_WORDS.join('|'));
  const found = week.filter(({ line }) => rare.test(line));
  // 30 words, each in one of 100,000.
  expect(found.length).toBeGreaterThan(1);
  expect(found.length).toBeLessThan(30);
  for (const { line, entry } of found) expect(rare.test(line.replace(entry.description, ''))).toBe(false);
});

test('weights are met', () => {
  const random = seededRandom(1);
  const draw = weighted([...zipfWeights(3, 1), 0]);
  const counts = [0, 0, 0, 0];
  for (let n = 0; n < 11_000; n++) {
    const index = draw(random);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  expect(counts[3]).toBe(0);
  for (const [i, wanted] of [6_000, 3_000, 2_000].entries()) {
    expect(Math.abs((counts[i] ?? 0) - wanted)).toBeLessThan(200);
  }
});
