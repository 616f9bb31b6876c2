import { AuditError, canonicalJson, msToNs } from '@auditrail/core';
import { FakeKeeper } from '../testing/fake-keeper.ts';
import { FakeLoki, storedLine } from '../testing/fake-loki.ts';
import { ABSENT_MS, BEHIND_MS, Trail } from './trail.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const day = { start: msToNs(NOW - 86_400_000), end: msToNs(NOW + 1_200_000) };
const dayBefore = { start: msToNs(NOW - 2 * 86_400_000), end: msToNs(NOW - 86_400_000) };

let loki: FakeLoki;
let keeper: FakeKeeper;
let trail: Trail;
let changes: number;
const { signal } = new AbortController();
const counted = (range = day) => trail.sourceFor(range).count({ range });
const at = (minutesAgo: number) => storedLine({ time: new Date(NOW - minutesAgo * 60_000).toISOString() });
const refused = (status: number) => new AuditError('LOKI_REFUSED', String(status), { status });
const compare = async (range = day) => {
  const compared = trail.compare(range, signal);
  await jest.advanceTimersByTimeAsync(BEHIND_MS);
  return compared;
};

beforeEach(() => {
  jest.useFakeTimers({ now: NOW });
  loki = new FakeLoki();
  keeper = new FakeKeeper();
  loki.lines = [at(5), at(60), at(600), at(2_000)];
  keeper.lines = [...loki.lines];
  trail = new Trail(loki, keeper);
  changes = 0;
  trail.subscribe(() => changes++);
});
afterEach(() => jest.useRealTimers());

test('without a keeper, Loki is read, without a reason', async () => {
  const source = new Trail(loki).sourceFor(day);
  expect(source).toMatchObject({ usesLoki: true, reason: undefined });
  expect(await source.count({ range: day })).toBe(3);
});

test('a keeper is read; one that fails is not asked again for a while', async () => {
  const source = trail.sourceFor(day);
  expect(source.usesLoki).toBe(false);
  keeper.error = new AuditError('LOKI_UNREACHABLE', 'gone', { status: 502 });
  expect(await source.count({ range: day })).toBe(3);
  expect(source).toMatchObject({ usesLoki: true, reason: 'absent' });
  expect(changes).toBe(1);
  expect(keeper.asked).toHaveLength(1);

  keeper.error = undefined;
  expect(trail.sourceFor(day)).toMatchObject({ usesLoki: true, reason: 'absent' });
  await counted();
  expect(keeper.asked).toHaveLength(1);
  jest.setSystemTime(NOW + ABSENT_MS);
  expect(await counted()).toBe(3);
  expect(keeper.asked).toHaveLength(2);
});

test.each([401, 403, 429, 500, 503])('a refusal with %d is a failure that is shown', async (status) => {
  keeper.error = refused(status);
  expect(await counted()).toBe(3);
  expect(trail.sourceFor(day).reason).toBe('absent');
});

test.each([404, 405, 409])('a keeper without entries (%d) is no failure, and not asked again', async (status) => {
  keeper.error = refused(status);
  expect(await counted()).toBe(3);
  expect(trail.sourceFor(day)).toMatchObject({ usesLoki: true, reason: undefined });
  jest.setSystemTime(NOW + ABSENT_MS);
  await counted();
  expect(keeper.asked).toHaveLength(1);
});

test.each([400, 422])('a question that the keeper does not know (%d) concerns this view only', async (status) => {
  keeper.error = refused(status);
  const source = trail.sourceFor(day);
  expect(await source.count({ range: day })).toBe(3);
  expect(source).toMatchObject({ usesLoki: true, reason: undefined });
  expect(trail.sourceFor(day).usesLoki).toBe(false);
});

test('an idle trail is not a lag', async () => {
  loki.lines = keeper.lines = [at(1_000)];
  expect(await compare()).toBe(true);
  expect(trail.sourceFor(day).usesLoki).toBe(false);
  expect(changes).toBe(0);
});

test('an entry that reaches the keeper within the time is not a lag', async () => {
  const newest = at(0);
  loki.lines.push(newest);
  const compared = trail.compare(day, signal);
  await jest.advanceTimersByTimeAsync(BEHIND_MS - 100);
  keeper.lines.push(newest);
  await jest.advanceTimersByTimeAsync(100);
  expect(await compared).toBe(true);
  expect(changes).toBe(0);
});

test('views of a range in which the keeper lacks an entry are read from Loki until it has it; others are not', async () => {
  const newest = at(0);
  loki.lines.push(newest);
  expect(await compare()).toBe(false);
  expect(changes).toBe(1);
  expect(trail.sourceFor(day)).toMatchObject({ usesLoki: true, reason: 'incomplete' });
  expect(trail.sourceFor(dayBefore).usesLoki).toBe(false);
  expect(await compare()).toBe(false);
  expect(changes).toBe(1);

  keeper.lines.push(newest);
  expect(await compare()).toBe(true);
  expect(trail.sourceFor(day).usesLoki).toBe(false);
});

test('a keeper that started later than the trail is not used for the time before', async () => {
  // Newest and oldest of the sample are more than these.
  loki.lines = Array.from({ length: 60 }, (_, i) => at(i * 60));
  keeper.lines = loki.lines.slice(0, 40);
  const long = { start: dayBefore.start - msToNs(86_400_000), end: day.end };
  expect(await compare(day)).toBe(true);
  expect(await compare(long)).toBe(false);
  expect(trail.sourceFor(long)).toMatchObject({ usesLoki: true, reason: 'incomplete' });
  expect(trail.sourceFor(day).usesLoki).toBe(false);
});

test('an entry with the same id and another content is missing', async () => {
  const [ns, line] = loki.lines[0]!;
  keeper.lines[0] = [ns, canonicalJson({ ...(JSON.parse(line) as object), description: 'changed' })];
  expect(await compare()).toBe(false);
});

test('without an answer of Loki, the keeper is read as before', async () => {
  loki.gate = () => Promise.reject(new AuditError('LOKI_UNREACHABLE', 'gone'));
  expect(await compare()).toBe(true);
  expect(trail.sourceFor(day).usesLoki).toBe(false);
});
