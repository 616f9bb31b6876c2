import { randomUUID } from 'node:crypto';
import { completeEntry, type AuditEntryInput } from '../entry/entry.ts';
import { formatTime, msToNs } from '../time.ts';
import { CATALOGUE, ruleOf } from './catalogue.ts';
import { evaluate, type Firing } from './evaluate.ts';
import { entryEvent, type DetectionEvent } from './event.ts';
import { parseSettings } from './settings.ts';

const START = Date.UTC(2026, 0, 5, 9);

type Fields = Partial<AuditEntryInput> & { email?: string; ip?: string; service?: string };

/** An entry some seconds after the start. */
function entry(
  seconds: number,
  action: string,
  { email = 'ada@example.com', ip, service = 'shop', ...fields }: Fields,
): DetectionEvent {
  const input = { action, description: 'test', actor: { type: 'user', email }, ...(ip && { source: { ip } }) } as const;
  const stamp = { id: `0192${randomUUID().slice(4, 14)}7${randomUUID().slice(15)}`, service };
  const time = formatTime(msToNs(START + seconds * 1000));
  return entryEvent(completeEntry({ ...input, ...fields }, { ...stamp, time }));
}

const login = (seconds: number, outcome: 'success' | 'failure', fields: Fields = {}) =>
  entry(seconds, 'user.login', { outcome, ip: '203.0.113.1', ...fields });
const times = (n: number, make: (i: number) => DetectionEvent) => Array.from({ length: n }, (_, i) => make(i));
const locked = { error: { code: 'account_locked', message: 'locked' } };

function firings(id: string, events: readonly DetectionEvent[]): Firing[] {
  const detection = CATALOGUE.find((rule) => rule.id === `auditrail-${id}`);
  if (!detection) throw new Error(`no rule ${id}`);
  const evaluator = evaluate(ruleOf(detection, parseSettings({})).pattern);
  return events.flatMap((event) => evaluator.add(event));
}

describe('a number of entries', () => {
  const failures = (n: number, every = 1, fields?: Fields) => times(n, (i) => login(i * every, 'failure', fields));

  it('fires at the threshold, once, with its group and the time of the first entry', () => {
    expect(firings('brute-force-ip', failures(19))).toEqual([]);
    expect(firings('brute-force-ip', failures(29))).toEqual([
      { at: START + 19_000, since: START, labels: { client_address: '203.0.113.1' }, value: 20 },
    ]);
  });

  it('counts a window without its start', () => {
    const across = (last: number) => [...failures(19, 0), login(last, 'failure')];
    expect(firings('brute-force-ip', across(299.999))).toHaveLength(1);
    expect(firings('brute-force-ip', across(300))).toEqual([]);
  });

  it('counts attempts at locked accounts only for the higher threshold', () => {
    expect(firings('brute-force-ip', failures(29, 1, locked))).toEqual([]);
    expect(firings('brute-force-ip', failures(30, 1, locked))).toMatchObject([{ value: 30 }]);
    expect(firings('brute-force-account', failures(100, 1, locked))).toEqual([]);
  });

  it('takes spellings of an e-mail address for one account', () => {
    const spelled = times(20, (i) => login(i, 'failure', { email: i % 2 ? 'ADA@example.com' : 'Ada@Example.com' }));
    expect(firings('brute-force-account', spelled)).toMatchObject([
      { labels: { who: 'ada@example.com', who_field: 'user' } },
    ]);
  });

  it('fires again only after it stopped', () => {
    const grant = (minutes: number) =>
      entry(minutes * 60, 'user.role.granted', { scope: { role: 'owner' }, target: { type: 'user', id: '7' } });
    expect(firings('privileged-role-granted', [grant(0), grant(59), grant(118)])).toHaveLength(1);
    expect(firings('privileged-role-granted', [grant(0), grant(60), grant(121)])).toHaveLength(3);
    expect(firings('privileged-role-granted', [grant(0)])[0]?.labels).toEqual({
      ...{ who: 'ada@example.com', who_field: 'user', audit_scope_role: 'owner', audit_target_id: '7' },
    });
  });

  it.each(['admin', 'ADMIN', 'Admin'])('finds the privileged role %s', (role) => {
    const target = { type: 'user', id: '7', name: 'Mallory' };
    const grant = entry(0, 'user.role.granted', { target, scope: { role } });
    expect(firings('privileged-role-granted', [grant])).toHaveLength(1);
  });

  it('ignores failures elsewhere, and agents with an owner', () => {
    expect(firings('brute-force-ip', [...failures(19), login(19, 'failure', { ip: '203.0.113.2' })])).toEqual([]);
    const act = (fields: Fields) => entry(0, 'order.refunded', { actor: { type: 'agent', id: 'bot' }, ...fields });
    expect(firings('agent-without-owner', [act({ onBehalfOf: [{ type: 'user', id: '1' }] })])).toEqual([]);
    expect(firings('agent-without-owner', [act({})])).toMatchObject([{ labels: { who: 'bot', who_field: 'actorId' } }]);
  });

  it('knows an actor who is the target', () => {
    const grant = (target: string) =>
      entry(0, 'user.role.granted', { scope: { role: 'owner' }, target: { type: 'user', id: '7', name: target } });
    expect(firings('role-self-granted', [grant('Ada@example.com')])).toHaveLength(1);
    expect(firings('role-self-granted', [grant('eve@example.com')])).toEqual([]);
  });
});

describe('different values', () => {
  const spray = (n: number, outcome: 'success' | 'failure' = 'failure', from = 0) =>
    times(n, (i) => login(from + i, outcome, { email: `person-${i % 10}@example.com` }));

  it('fires for accounts and failures at the threshold', () => {
    expect(firings('password-spraying', spray(14))).toEqual([]);
    expect(firings('password-spraying', spray(15))).toMatchObject([{ value: 10 }]);
  });

  it('does not fire for an address with many accounts that succeed', () => {
    expect(firings('password-spraying', [...spray(5, 'success'), ...spray(15, 'failure', 5)])).toEqual([]);
    expect(firings('password-spraying', [...spray(4, 'success'), ...spray(15, 'failure', 5)])).toHaveLength(1);
  });

  it('counts the accounts with few failures each', () => {
    const stuff = (accounts: number) =>
      times(accounts * 2, (i) => login(i, 'failure', { email: `${i % accounts}@example.com` }));
    expect(firings('credential-stuffing', stuff(14))).toEqual([]);
    expect(firings('credential-stuffing', stuff(15))).toMatchObject([{ value: 25 }]);
    const often = times(45, (i) => login(i, 'failure', { email: `${i % 15}@example.com` })).slice(15);
    expect(firings('credential-stuffing', [...often, ...often])).toHaveLength(1);
  });

  it('fires for distributed failures from enough addresses', () => {
    const from = (addresses: number) => times(20, (i) => login(i, 'failure', { ip: `203.0.113.${i % addresses}` }));
    expect(firings('distributed-brute-force', from(4))).toEqual([]);
    expect(firings('distributed-brute-force', from(5))).toMatchObject([{ value: 20 }]);
  });

  it('has one group without keys', () => {
    const lock = (i: number) => entry(i, 'user.locked', { target: { type: 'user', id: String(i) } });
    expect(firings('lockout-surge', times(9, lock))).toEqual([]);
    expect(firings('lockout-surge', times(10, lock))).toEqual([
      { at: START + 9_000, since: START, labels: {}, value: 10 },
    ]);
  });
});

describe('a sequence', () => {
  const attempts = (n: number, fields?: Fields) => times(n, (i) => login(i, 'failure', fields));

  it('counts exactly the failures before the success', () => {
    expect(firings('success-after-failures', [...attempts(9), login(20, 'success'), ...attempts(9)])).toEqual([]);
    expect(firings('success-after-failures', [...attempts(10), login(20, 'success')])).toEqual([
      {
        ...{ at: START + 20_000, since: START, value: 10 },
        labels: { who: 'ada@example.com', who_field: 'user', client_address: '203.0.113.1' },
      },
    ]);
  });

  it('does not count failures of a locked account, or outside the window', () => {
    expect(firings('success-after-failures', [...attempts(15, locked), login(20, 'success')])).toEqual([]);
    expect(firings('success-after-failures', [...attempts(10), login(1200, 'success')])).toEqual([]);
  });

  it('counts failures on one account from any address', () => {
    const spread = times(10, (i) => login(i, 'failure', { ip: `203.0.113.${i}` }));
    const [alert, ...more] = firings('success-after-failures', [...spread, login(20, 'success', { ip: '192.0.2.1' })]);
    expect(alert?.labels).toEqual({ who: 'ada@example.com', who_field: 'user' });
    expect(more).toEqual([]);
  });

  it('fires once for several successes, and not in an office with more of them', () => {
    const successes = times(3, (i) => login(20 + i, 'success'));
    expect(firings('success-after-failures', [...attempts(10), ...successes])).toHaveLength(1);
    const office = times(4, (i) => login(i, 'success', { email: `${i}@example.com` }));
    const failures = times(10, (i) => login(5 + i, 'failure', { email: `${i}@example.com` }));
    expect(firings('success-after-failures', [...office, ...failures, login(20, 'success')])).toEqual([]);
  });

  it('finds the success of a spray that goes on, and not one before it', () => {
    const spray = (from: number, to: number) =>
      times(to - from, (i) => login(from + i, 'failure', { email: `${from + i}@example.com` }));
    const success = (seconds: number) => login(seconds, 'success', { email: 'victim@example.com' });
    expect(firings('success-from-sprayer', [...spray(0, 9), success(9)])).toEqual([]);
    expect(firings('success-from-sprayer', [...spray(0, 10), success(10)])).toHaveLength(1);
    expect(firings('success-from-sprayer', [...spray(0, 7), success(7), ...spray(8, 14)])).toMatchObject([
      { at: START + 10_000, labels: { who: 'victim@example.com', client_address: '203.0.113.1' }, value: 10 },
    ]);
    expect(firings('success-from-sprayer', [...spray(0, 2), success(2), ...spray(3, 14)])).toEqual([]);
  });

  it('finds an account that was created and then deleted', () => {
    const at = (minutes: number, action: string) =>
      entry(minutes * 60, action, { target: { type: 'user', id: '7' }, actor: { type: 'user', id: '1' } });
    const fired = (...events: DetectionEvent[]) => firings('account-created-and-deleted', events);
    expect(fired(at(0, 'user.created'), at(1439, 'user.deleted'))).toMatchObject([
      { labels: { audit_target_id: '7' }, value: 1 },
    ]);
    expect(fired(at(0, 'user.deleted'), at(1, 'user.created'))).toEqual([]);
    expect(fired(at(0, 'user.created'), at(1440, 'user.deleted'))).toEqual([]);
    // An alert fires for an hour.
    const again = (minutes: number) => [at(minutes, 'user.created'), at(minutes, 'user.deleted')];
    expect(fired(...again(0), ...again(59))).toHaveLength(1);
    expect(fired(...again(0), ...again(60))).toHaveLength(2);
  });
});

describe('a silence', () => {
  const record = (hours: number, service: string) => entry(hours * 3600, 'order.placed', { service });
  const weekAgo = (n: number) => times(n, (i) => record(i / 100, 'shop'));
  const others = times(24, (i) => record(168 + i / 12, 'other'));

  it('fires once for a service that recorded entries a week ago', () => {
    expect(firings('emitter-silent', [...weekAgo(29), ...others])).toEqual([]);
    expect(firings('emitter-silent', [...weekAgo(60), ...others])).toMatchObject([
      { labels: { service_name: 'shop' } },
    ]);
  });

  it('does not fire if the service records anything', () => {
    const busy = others.flatMap((other, i) => [other, record(168 + i / 12, 'shop')]);
    expect(firings('emitter-silent', [...weekAgo(60), record(167.5, 'shop'), ...busy])).toEqual([]);
  });
});

describe('second factors, impersonation and reading', () => {
  const act = (seconds: number, action: string, fields: Fields = {}) => entry(seconds, action, fields);

  it('finds a removal without a new one, and a new one after a reset', () => {
    const [removed, added] = ['user.mfa.disabled', 'user.passkey.created'];
    expect(firings('mfa-removed', [act(0, removed)])).toHaveLength(1);
    expect(firings('mfa-removed', [act(0, added), act(9, removed)])).toEqual([]);
    expect(firings('mfa-removed', [act(0, added, { email: 'eve@example.com' }), act(9, removed)])).toHaveLength(1);
    expect(firings('mfa-added-after-reset', [act(0, 'user.password_reset'), act(9, added)])).toHaveLength(1);
    expect(firings('mfa-added-after-reset', [act(0, added), act(9, 'user.password_reset')])).toEqual([]);
  });

  it('finds changes for another user, and no reads', () => {
    const onBehalfOf: AuditEntryInput['onBehalfOf'] = [{ type: 'user', id: '7' }];
    expect(firings('impersonation-changes', [act(0, 'order.viewed', { onBehalfOf })])).toEqual([]);
    expect(firings('impersonation-changes', [act(0, 'order.refunded')])).toEqual([]);
    expect(firings('impersonation-changes', [act(0, 'order.refunded', { onBehalfOf })])).toHaveLength(1);
  });

  it('counts people and reveals', () => {
    const read = (i: number) =>
      act(i, 'pii.read.user', { channel: 'pii-read', target: { type: 'user', id: String(i % 100) } });
    expect(firings('mass-reading', times(99, read))).toEqual([]);
    expect(firings('mass-reading', [...times(99, read), ...times(99, read)])).toEqual([]);
    expect(firings('mass-reading', times(100, read))).toMatchObject([{ value: 100 }]);
    const reveal = (i: number) => act(i, 'audit.personal_data.revealed');
    expect(firings('many-reveals', times(9, reveal))).toEqual([]);
    expect(firings('many-reveals', times(10, reveal))).toMatchObject([{ value: 10 }]);
  });
});

it('finds what the keeper writes, each once', () => {
  const found = (i: number, happened_at: string) =>
    entry(i, 'security.network.new', {
      actor: { type: 'system', name: 'auditrail' },
      target: { type: 'user', id: '7', name: 'ada@example.com' },
      scope: { happened_at, account_field: 'email', network: '203.0.0.0/16' },
      ip: '203.0.113.1',
    });
  const labels = { audit_target_name: 'ada@example.com', audit_scope_network: '203.0.0.0/16' };
  expect(firings('network-new', [found(0, 'a'), found(1, 'b'), found(2, 'a')])).toMatchObject([{ labels }, { labels }]);
});

it('reaches a threshold of any height', () => {
  const detection = CATALOGUE.find(({ id }) => id === 'auditrail-mass-deletion');
  if (!detection) throw new Error('no rule');
  const evaluator = evaluate(ruleOf(detection, parseSettings({}), { deletions: 12_000 }).pattern);
  const fired = times(12_000, (i) => entry(i / 100, 'order.deleted', {})).flatMap((event) => evaluator.add(event));
  expect(fired).toMatchObject([{ value: 12_000 }]);
});

it('forgets groups and entries rather than taking all memory', () => {
  const flood = times(25_000, (i) => login(0, 'failure', { ip: `2001:db8::${i.toString(16)}` }));
  const old = times(19, () => login(0, 'failure'));
  expect(firings('brute-force-ip', [...old, ...flood, login(1, 'failure')])).toEqual([]);
});
