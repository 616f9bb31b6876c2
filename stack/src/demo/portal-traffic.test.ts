import { seededRandom } from '../../../bench/src/random.ts';
import { dayBefore } from './portal-traffic.ts';

const NOW = Date.parse('2026-11-27T12:00:00Z');
const day = [...dayBefore(NOW, seededRandom(1))];

it('is a day of entries in the order of their times', () => {
  const times = day.map(({ time }) => Date.parse(time ?? ''));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(new Set(times).size).toBe(times.length);
  expect(times[0]).toBeGreaterThan(NOW - 25 * 3_600_000);
  expect(times.at(-1)).toBeLessThan(NOW);
});

it('has what the dashboards show', () => {
  const actions = new Set(day.map(({ action }) => action));
  for (const action of [
    'user.login',
    'user.mfa.challenged',
    'pii.read.customer',
    'report.exported',
    'user.role.granted',
  ]) {
    expect(actions).toContain(action);
  }
  expect(day.some(({ actor }) => actor.type === 'agent')).toBe(true);
  expect(day.some(({ event }) => event === 'denied')).toBe(true);
  expect(day.some(({ action }) => /^service[.](?:deployed|rolled_back)$/.test(action))).toBe(true);
});
