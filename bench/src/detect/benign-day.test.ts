import { entryEvent, evaluate } from '@auditrail/core/detections';
import { ALERT_RULES } from '../../../provisioning/rules.ts';
import { completeAt } from '../../../provisioning/testing/scenarios/entries.ts';
import { benignDay } from './benign-day.ts';
import { PEOPLE } from './benign-people.ts';

describe('the benign day', () => {
  const endMs = Date.UTC(2026, 0, 15, 17);
  const day = benignDay({ endMs, seed: 1 });

  it('is the same for the same seed, and another one for another seed', () => {
    expect(benignDay({ endMs, seed: 1 })).toEqual(day);
    expect(benignDay({ endMs, seed: 2 })).not.toEqual(day);
  });

  it('has what people and programs do in 24 hours', () => {
    const times = day.map(({ ms }) => ms);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(endMs - (times[0] ?? 0)).toBeLessThanOrEqual(24 * 3_600_000);
    const signedIn = day.filter(({ entry }) => entry.action === 'user.login' && entry.outcome === 'success');
    expect(new Set(signedIn.map(({ entry }) => entry.actor.email?.toLowerCase())).size).toBe(PEOPLE);
    expect(signedIn.some(({ entry }) => /^P/.test(entry.actor.email ?? ''))).toBe(true);
    const count = (action: string, code?: string) =>
      day.filter(({ entry }) => entry.action === action && (!code || entry.error?.code === code)).length;
    expect(count('user.login', 'invalid')).toBeGreaterThan(PEOPLE / 2);
    expect(count('user.login', 'account_locked')).toBeGreaterThan(50);
    expect(count('user.locked')).toBeGreaterThan(10);
    expect(count('session.deleted')).toBeGreaterThan(1_000);
  });

  it.each([1, 2, 3])('fires no rule of the exact evaluator, with seed %d', (seed) => {
    const events = benignDay({ endMs, seed }).map((each, n) => entryEvent(completeAt(each, n)));
    const fired = ALERT_RULES.flatMap(({ title, pattern }) => {
      const evaluator = evaluate(pattern);
      return events.flatMap((event) => evaluator.add(event).map(({ labels, value }) => ({ title, labels, value })));
    });
    expect(fired).toEqual([]);
  });
});
