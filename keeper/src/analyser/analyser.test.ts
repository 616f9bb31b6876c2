import type { AuditEntryInput } from '@auditrail/core';
import { analyserLab, NOW_MS, recordAt } from './testing/analyser-lab.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const ada = { type: 'user', id: '42', email: 'Ada@Example.com' } as const;
type Input = Partial<AuditEntryInput>;

let lab: Awaited<ReturnType<typeof analyserLab>>;
beforeEach(async () => {
  lab = await analyserLab();
});
afterEach(() => lab.close());

/** Sign-ins of Ada on so many days before now, at nine. */
const history = (days: number, more: Input = { source: { ip: '10.1.2.3' } }, actor: AuditEntryInput['actor'] = ada) =>
  Array.from({ length: days }, (_, i) => recordAt(NOW_MS - (days - i) * DAY_MS - 3 * HOUR_MS, { actor, ...more }));
const now = (input: Input, ms = NOW_MS - 3 * HOUR_MS) => recordAt(ms, { actor: ada, ...input }, NOW_MS);
const at = (lat: string, lon: string) => ({
  properties: { geo: { location: { lat: Number(lat), lon: Number(lon) } } },
});

test('a network that is new for a person', async () => {
  await lab.add(...history(20));
  await lab.add(now({ source: { ip: '10.1.99.9' } }));
  expect(await lab.findings()).toEqual([]);
  await lab.add(now({ source: { ip: '203.0.113.7' }, outcome: 'failure' }));
  expect(await lab.findings()).toEqual([]);
  const cause = now({ source: { ip: '203.0.113.7' } });
  await lab.add(cause, now({ source: { ip: '203.0.9.9' } }));
  await lab.run();
  expect(lab.written).toMatchObject([
    {
      ...{ action: 'security.network.new', channel: 'security', actor: { type: 'system', name: 'auditrail' } },
      target: { type: 'user', id: '42', name: 'ada@example.com' },
      source: { ip: '203.0.113.7' },
      related: [
        { type: 'audit_entry', id: cause.metadata instanceof Map ? cause.metadata.get('audit_record_id') : '' },
      ],
      scope: { account_field: 'user', network: '203.0.0.0/16', happened_at: expect.stringMatching(/^2026-11-23T09:/) },
      properties: { account: 'ada@example.com', network: '203.0.0.0/16', previousNetworks: ['10.1.0.0/16'] },
    },
  ]);
});

test('nothing is new while a tenant or a person is being learned', async () => {
  await lab.add(...history(13));
  await lab.add(now({ source: { ip: '203.0.113.7' } }));
  await lab.add(...history(20, { source: { ip: '10.1.2.3' } }, { type: 'user', id: 'other' }));
  await lab.run();
  const grace: Input = { actor: { type: 'user', id: 'grace' } };
  for (const ip of ['10.1.0.1', '10.2.0.1', '10.3.0.1', '10.4.0.1', '10.5.0.1']) {
    await lab.add(now({ ...grace, source: { ip } }));
  }
  expect(await lab.findings()).toEqual([]);
  await lab.add(now({ ...grace, source: { ip: '10.6.0.1' } }));
  expect(await lab.findings()).toEqual(['security.network.new grace']);
});

test('unusual hours, once a day, also if a second factor comes first', async () => {
  await lab.add(...history(20));
  const night = NOW_MS - 10 * HOUR_MS;
  await lab.add(now({ action: 'user.mfa.challenged' }, night), now({}, night + 1_000), now({}, night + 60_000));
  expect(await lab.findings()).toEqual(['security.hours.unusual ada@example.com']);
  // Two hours from the usual one.
  await lab.add(now({}, NOW_MS - HOUR_MS));
  expect(await lab.findings()).toEqual([]);
});

test('an entry with a time in the future does not displace what is known', async () => {
  await lab.add(...history(20));
  await lab.add(now({}, NOW_MS + 60 * DAY_MS));
  await lab.add(now({}, NOW_MS - 10 * HOUR_MS));
  expect(await lab.findings()).toEqual(['security.hours.unusual ada@example.com']);
});

test('an account that was silent for long', async () => {
  await lab.add(...history(20, {}, { type: 'user', id: 'other' }));
  await lab.add(
    recordAt(NOW_MS - 91 * DAY_MS, { actor: ada }),
    recordAt(NOW_MS - 89 * DAY_MS, { actor: { type: 'user', id: 'b' } }),
  );
  await lab.add(now({}), now({ actor: { type: 'user', id: 'b' } }));
  expect(await lab.findings()).toEqual(['security.account.dormant ada@example.com']);
  await lab.add(now({}));
  expect(await lab.findings()).toEqual([]);
});

test('impossible travel, in both orders of arrival', async () => {
  const [berlin, tokyo, potsdam] = [at('52.52', '13.40'), at('35.68', '139.69'), at('52.39', '13.06')];
  await lab.add(
    recordAt(NOW_MS - 2 * HOUR_MS, { actor: ada, ...berlin }),
    recordAt(NOW_MS - HOUR_MS, { actor: ada, ...potsdam }),
  );
  expect(await lab.findings()).toEqual([]);
  await lab.add(now(tokyo, NOW_MS));
  await lab.run();
  expect(lab.written.map(({ properties }) => properties)).toMatchObject([{ distanceKm: 8943, speedKmh: 8943 }]);
  lab.written.length = 0;
  // Eleven hours before.
  await lab.add(now(berlin, NOW_MS - 11 * HOUR_MS));
  expect(await lab.findings()).toEqual([]);
});

test('one session from several networks', async () => {
  const from = (ip: string, userAgent?: string, sessionId = 's1') =>
    now({ action: 'order.viewed', source: { ip, sessionId, ...(userAgent && { userAgent }) } });
  await lab.add(from('10.1.0.1'), from('10.2.0.1'), from('10.1.0.1'));
  expect(await lab.findings()).toEqual([]);
  await lab.add(from('10.3.0.1'), from('10.4.0.1'));
  expect(await lab.findings()).toEqual(['security.session.networks ada@example.com']);
  await lab.add(from('10.1.0.1', 'Firefox', 's2'), from('10.2.0.1', 'curl', 's2'));
  expect(await lab.findings()).toEqual(['security.session.networks ada@example.com']);
});

test('an own finding about a session is not another use of it', async () => {
  await lab.add(...history(20));
  const source = { ip: '203.0.113.7', sessionId: 's1', userAgent: 'Firefox' };
  await lab.add(now({ source, properties: { as: { number: 64500 } } }));
  await lab.run();
  expect(lab.written).toMatchObject([{ action: 'security.network.new', source: { sessionId: 's1' } }]);
  await lab.add(...lab.written.splice(0).map((entry) => recordAt(NOW_MS - 3 * HOUR_MS + 1_000, entry)));
  expect(await lab.findings()).toEqual([]);
});

test('an API key from a new network', async () => {
  const actor = { type: 'api_key', id: 'key-1' } as const;
  await lab.add(...history(20, { action: 'order.read', source: { ip: '10.1.2.3' } }, actor));
  await lab.add(now({ actor, action: 'order.read', source: { ip: '10.1.4.4' } }));
  expect(await lab.findings()).toEqual([]);
  await lab.add(now({ actor, action: 'order.read', source: { ip: '198.51.100.1' } }));
  expect(await lab.findings()).toEqual(['security.token.network key-1']);
});

test("an agent outside of its owner's hours, once a day", async () => {
  await lab.add(...history(20));
  const act = (ms: number) =>
    now(
      {
        action: 'order.read',
        actor: { type: 'agent', id: 'bot' },
        onBehalfOf: [{ type: 'user', email: 'ada@EXAMPLE.com' }],
      },
      ms,
    );
  await lab.add(act(NOW_MS - 3 * HOUR_MS));
  expect(await lab.findings()).toEqual([]);
  await lab.add(act(NOW_MS - 9 * HOUR_MS), act(NOW_MS - 9 * HOUR_MS));
  expect(await lab.findings()).toEqual(['security.agent.hours bot']);
});

test('entries that are older than two days on arrival are learned from only', async () => {
  await lab.add(...history(20));
  await lab.add(recordAt(NOW_MS - 3 * DAY_MS, { actor: ada, source: { ip: '203.0.113.7' } }, NOW_MS));
  await lab.add(now({ source: { ip: '203.0.113.7' } }));
  expect(await lab.findings()).toEqual([]);
});

test('too many findings of an hour become one', async () => {
  const actors = Array.from({ length: 60 }, (_, i) => ({ type: 'user', id: `u${i}` }) as const);
  await lab.add(...actors.flatMap((actor) => history(20, { source: { ip: '10.1.2.3' } }, actor)));
  await lab.run();
  await lab.add(...actors.map((actor) => now({ actor, source: { ip: '203.0.113.7' } })));
  expect(await lab.findings()).toHaveLength(20);
  await lab.kill();
  lab.nowMs += HOUR_MS;
  await lab.run();
  expect(lab.written).toMatchObject([
    { action: 'security.network.new', target: { id: 'security.network.new' }, properties: { more: 40 } },
  ]);
  lab.written.length = 0;
  expect(await lab.findings()).toEqual([]);
});

test('an entry that the logger does not take is written later, the same one', async () => {
  await lab.add(...history(20));
  await lab.run();
  lab.isRecorderUp = false;
  await lab.add(now({ source: { ip: '203.0.113.7' } }));
  await expect(lab.run()).rejects.toThrow('SPOOL_UNAVAILABLE');
  await lab.kill();
  lab.isRecorderUp = true;
  lab.nowMs += 60_000;
  await lab.run();
  expect(lab.written).toMatchObject([{ action: 'security.network.new', time: '2026-11-23T12:00:00.000000000Z' }]);
  lab.written.length = 0;
  expect(await lab.findings()).toEqual([]);
});

test('profiles are bounded, and new accounts do not push out people', async () => {
  await lab.close();
  lab = await analyserLab({ maxProfiles: 50 });
  await lab.add(...history(20));
  await lab.run();
  const crowd = Array.from({ length: 500 }, (_, i) =>
    now({ actor: { type: 'user', id: `new-${i}` }, source: { ip: '10.9.0.1', sessionId: `s${i}` } }),
  );
  await lab.add(...crowd);
  await lab.run();
  const counts = lab.parts.db
    .prepare('SELECT kind, count(*) AS count FROM analyser_profiles GROUP BY kind ORDER BY kind')
    .all();
  expect(counts.map(({ kind, count }) => [kind, count])).toEqual([
    ['person', 50],
    ['session', 50],
  ]);
  await lab.add(now({ source: { ip: '203.0.113.7' } }));
  expect(await lab.findings()).toEqual(['security.network.new ada@example.com']);
});

test('it learns from the days of before, at the first start and after very many entries', async () => {
  await lab.close();
  lab = await analyserLab({}, { isStarted: false });
  const key = { type: 'api_key', id: 'key-1' } as const;
  const old = [
    ...history(20, { source: { ip: '10.1.2.3' }, ...at('52.52', '13.40') }),
    ...history(20, { action: 'order.read', source: { ip: '10.7.0.1' } }, key),
    recordAt(NOW_MS - 200 * DAY_MS, { actor: { type: 'user', id: 'sleeper' } }),
  ];
  await lab.add(...old);
  await lab.parts.days.maintain({ everything: true });
  await lab.run();
  const strange = (ms: number) => [
    now({ source: { ip: '203.0.113.7' }, ...at('52.52', '13.40') }, ms - 3 * HOUR_MS),
    now({ actor: key, action: 'order.read', source: { ip: '203.0.113.7' } }, ms - 3 * HOUR_MS),
    now({ actor: { type: 'user', id: 'sleeper' } }, ms),
    now({ ...at('35.68', '139.69'), source: { ip: '10.1.2.3' } }, ms - HOUR_MS),
  ];
  const found = [
    'security.account.dormant sleeper',
    'security.network.new ada@example.com',
    'security.token.network key-1',
    'security.travel.impossible ada@example.com',
  ];
  await lab.add(...strange(NOW_MS));
  expect((await lab.findings()).sort()).toEqual(found);
  // After a rebuild, with the profiles of before or without.
  lab.reseedEntries = 100;
  await lab.add(...history(150, { source: { ip: '192.0.2.1' } }));
  await lab.kill();
  await lab.run();
  await lab.add(now({ source: { ip: '192.0.2.9' } }), now({ source: { ip: '198.51.100.9' } }));
  expect(await lab.findings()).toEqual(['security.network.new ada@example.com']);
  expect(lab.logged.filter(({ event }) => event.includes('has learned'))).toHaveLength(2);
});

test('each finding is written once, whenever the keeper is killed', async () => {
  await lab.add(...history(20));
  await lab.run();
  for (let i = 0; i < 12; i++) {
    await lab.add(now({ source: { ip: `100.${i}.0.1` } }), now({ source: { ip: `100.${i}.0.2` } }));
    if (i % 3 === 0) await lab.kill();
    if (i % 2 === 0) await lab.run();
    if (i % 4 === 0) await lab.kill();
    if (i % 5 === 0) await lab.parts.days.maintain({ everything: true });
  }
  await lab.run();
  const networks = lab.written.map(({ properties }) => properties?.['network']);
  expect(networks).toEqual(Array.from({ length: 12 }, (_, i) => `100.${i}.0.0/16`));
  expect(new Set(lab.written.map(({ id }) => id)).size).toBe(12);
});
