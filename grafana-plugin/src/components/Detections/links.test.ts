import { CATALOGUE, parseSettings, ruleOf, type Firing } from '@auditrail/core/detections';
import { parseView } from '../../state/view.ts';
import { firingPath, rulePath, techniqueUrl } from './links.ts';

const rule = (name: string) => {
  const detection = CATALOGUE.find(({ id }) => id === `auditrail-${name}`);
  if (!detection) throw new Error(`no rule ${name}`);
  return ruleOf(detection, parseSettings({}));
};
const at = Date.parse('2026-11-21T12:00:00Z');
const firing = (labels: Firing['labels']): Firing => ({ at, since: at - 60_000, labels, value: 20 });
const parametersOf = (path: string) => Object.fromEntries(new URL(path, 'http://x').searchParams);

test('the link of an alert has exactly its time, its conditions and its keys', () => {
  const path = firingPath(rule('brute-force-ip'), firing({ client_address: '2001:db8::1' }), false);
  expect(path).toContain('outcome=failure');
  expect(parametersOf(path)).toMatchObject({
    ...{ from: '2026-11-21T11:58:00.000Z', to: '2026-11-21T12:01:00.000Z', ip: '2001:db8::1' },
  });
  expect(parseView(new URL(path, 'http://x').searchParams).problems).toEqual([]);
});

test.each([
  ['user', 'ada@example.com'],
  ['actorId', 'a&b=c'],
  ['actorName', 'Ada +1'],
])('the actor is named by its field %s', (who_field, who) => {
  const path = firingPath(rule('brute-force-account'), firing({ who, who_field }), false);
  expect(parametersOf(path)[who_field]).toBe(who);
});

test('the address has no personal data if it is masked', () => {
  const path = firingPath(rule('brute-force-account'), firing({ who: 'ada@example.com', who_field: 'user' }), true);
  expect(path).not.toContain('ada');
});

test('the link of a finding shows the account around the time of the event', () => {
  const labels = {
    audit_scope_happened_at: '2026-11-20T07:30:00Z',
    audit_scope_account_field: 'user',
    audit_target_name: 'ada@example.com',
    client_address: '203.0.113.7',
  };
  expect(parametersOf(firingPath(rule('network-new'), firing(labels), false))).toEqual({
    ...{ from: '2026-11-20T06:30:00.000Z', to: '2026-11-20T08:30:00.000Z' },
    ...{ user: 'ada@example.com', ip: '203.0.113.7' },
  });
});

test.each(CATALOGUE.map(({ id }) => [id.replace('auditrail-', '')]))('the link of %s is a valid view', (name) => {
  const { searchParams } = new URL(rulePath(rule(name)), 'http://x');
  expect(parseView(searchParams)).toMatchObject({ problems: [], view: { from: 'now-30d', to: 'now' } });
  expect(techniqueUrl(rule(name).technique)).toMatch(/^https:\/\/attack\.mitre\.org\/techniques\/T\d{4}(\/\d{3})?\/$/);
});
