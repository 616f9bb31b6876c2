import { CATALOGUE, parseSettings, ruleOf } from '@auditrail/core/detections';
import { coverageOf, entriesToRead, type Seen } from './coverage.ts';

const rule = (name: string) => {
  const detection = CATALOGUE.find(({ id }) => id === `auditrail-${name}`);
  if (!detection) throw new Error(`no rule ${name}`);
  return ruleOf(detection, parseSettings({}));
};
const seen = (action: Record<string, number>, cut = false): Seen => ({
  action: { values: Object.entries(action).map(([value, count]) => ({ value, count })), cut },
});

test('a rule needs one of its actions, for each of its selections', () => {
  expect(coverageOf(rule('brute-force-ip'), seen({ 'ssh.login': 7 }), true)).toEqual({ state: 'ready' });
  const absent = { state: 'absent', field: 'action', values: ['user.login', 'ssh.login'] };
  expect(coverageOf(rule('brute-force-ip'), seen({ 'user.logout': 7 }), true)).toEqual(absent);
  const created = coverageOf(rule('account-created-and-deleted'), seen({ 'user.created': 1 }), true);
  expect(created).toMatchObject({ state: 'absent', values: ['user.deleted'] });
});

test('what was not read, or was cut, is not known', () => {
  expect(coverageOf(rule('brute-force-ip'), {}, true)).toEqual({ state: 'unknown' });
  expect(coverageOf(rule('brute-force-ip'), seen({ other: 1 }, true), true)).toEqual({ state: 'unknown' });
});

test('entries that the app writes are never absent', () => {
  expect(coverageOf(rule('many-reveals'), seen({ other: 1 }), true)).toEqual({ state: 'ready' });
});

test('a finding of the keeper needs a keeper, not a finding', () => {
  expect(coverageOf(rule('chain-broken'), seen({}), true)).toEqual({ state: 'ready' });
  expect(coverageOf(rule('chain-broken'), seen({}), false)).toEqual({ state: 'keeper' });
});

test('the number of entries to read is that of the actions', () => {
  const counts = seen({ 'user.login': 7, 'ssh.login': 2, other: 100 });
  expect(entriesToRead(rule('brute-force-ip'), counts)).toBe(9);
  expect(entriesToRead(rule('brute-force-ip'), seen({ 'user.login': 7 }, true))).toBeUndefined();
  expect(entriesToRead(rule('emitter-silent'), counts)).toBeUndefined();
});

test('the keeper knows the actions of its settings', () => {
  const other = seen({ 'portal.sign_in': 7 });
  expect(coverageOf(rule('brute-force-ip'), other, true, true)).toEqual({ state: 'ready' });
  expect(coverageOf(rule('brute-force-ip'), seen({ 'user.login': 7 }), true, false)).toEqual({
    state: 'absent',
    values: [],
  });
  // Findings and entries of the app are rare.
  expect(coverageOf(rule('chain-broken'), other, true, false)).toEqual({ state: 'ready' });
  expect(coverageOf(rule('many-reveals'), other, true, false)).toEqual({ state: 'ready' });
});
