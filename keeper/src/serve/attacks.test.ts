import { generateKeyPair } from 'jose';
import { bearer, ISSUER, keeperLab, WANTED } from './testing/keeper-lab.ts';
import { SCOPES } from './tokens.ts';

let lab: Awaited<ReturnType<typeof keeperLab>>;
beforeAll(async () => {
  lab = await keeperLab();
});
afterAll(() => lab.close());
beforeEach(() => lab.reset());

describe('attacks', () => {
  it("refuses another tenant's export as if it did not exist, for every operation, and logs it", async () => {
    const { id } = (await lab.start(bearer(lab.tokenFor('victim').secret))).body;
    await lab.finished(bearer(lab.tokenFor('victim').secret), id);
    const thief = bearer(lab.tokenFor('thief').secret);
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/cancel'],
      ['POST', '/rerun'],
      ['GET', '/files/ndjson'],
    ] as const) {
      lab.logged.length = 0;
      expect(await lab.ask(`/v1/exports/${String(id)}${path}`, thief, method)).toMatchObject({ status: 404 });
      expect(lab.logged).toMatchObject([{ event: 'refused', details: { tenant: 'thief', code: 'NOT_FOUND' } }]);
    }
    expect((await lab.ask('/v1/exports', thief)).body).toMatchObject({ exports: [], total: 0 });
    expect(await lab.ask('/v1/exports', { ...thief, 'X-Scope-OrgID': 'victim' })).toMatchObject({ status: 403 });
  });

  it.each([
    ['../../etc/passwd'],
    ['..\\windows'],
    ['.hidden'],
    ['a\r\nSet-Cookie: a=b'],
    ['a\u0000b'],
    ['a\u202egnp.exe'],
    ['a\u200bb'],
    ['a\u061cb'],
    [''],
    [' '],
    ['x'.repeat(121)],
    ['x'.repeat(1_000_000)],
    ['\ud800'],
  ])('refuses the name %j', async (name) => {
    const answer = await lab.start(bearer(lab.tokenFor('names').secret), { name });
    expect([400, 413]).toContain(answer.status);
    expect(lab.logged).toMatchObject([{ event: 'refused' }]);
    expect(lab.taken).toEqual([]);
  });

  it('accepts the longest name, whose file names still fit into a file system', async () => {
    const headers = bearer(lab.tokenFor('long').secret);
    const name = '監査'.repeat(60);
    const started = await lab.start(headers, { name });
    expect(started).toMatchObject({ status: 201, body: { name } });
    await lab.finished(headers, started.body['id']);
    const zip = await fetch(`${lab.url}/v1/exports/${String(started.body['id'])}/files/ndjson`, { headers });
    const saved = /''(.+)$/.exec(zip.headers.get('content-disposition') ?? '')?.[1] ?? '';
    expect(decodeURIComponent(saved)).toBe(`${'監査'.repeat(33)}-2026-02-01.ndjson.zip`);
    await zip.body?.cancel();
  });

  it('accepts names of people, and gives files names that every system accepts', async () => {
    const headers = bearer(lab.tokenFor('people').secret);
    const { id } = (await lab.start(headers, { name: "Ünïcode 監査 '; rm -rf" })).body;
    await lab.finished(headers, id);
    const zip = await fetch(`${lab.url}/v1/exports/${String(id)}/files/ndjson`, { headers });
    expect(zip.headers.get('content-disposition')).toBe(
      'attachment; filename="_n_code-__-rm--rf-2026-02-01.ndjson.zip"; filename*=UTF-8\'\'%C3%9Cn%C3%AFcode-%E7%9B%A3%E6%9F%BB-rm--rf-2026-02-01.ndjson.zip',
    );
    await zip.body?.cancel();
  });

  it('refuses tokens that are missing, invented, altered, expired, revoked or without the scope', async () => {
    const good = lab.tokenFor('tokens');
    expect((await lab.ask('/v1/exports', bearer(good.secret))).status).toBe(200);
    const expired = lab.tokenFor('tokens', [...SCOPES], Date.now() - 1);
    const revoked = lab.tokenFor('tokens');
    expect(lab.tokens.revoke(revoked.token.id)).toBe(true);
    const altered = good.secret.slice(0, -1) + (good.secret.endsWith('A') ? 'B' : 'A');
    for (const headers of [
      {} as Record<string, string>,
      { Authorization: 'Basic YTpi' },
      bearer('auditrail_' + 'A'.repeat(43)),
      ...[altered, expired.secret, revoked.secret, good.secret + '=', "' OR 1=1 --"].map(bearer),
    ]) {
      lab.logged.length = 0;
      const answer = await lab.ask('/v1/exports', headers);
      expect(answer).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
      expect(lab.logged).toMatchObject([{ event: 'refused', details: { code: 'UNAUTHENTICATED' } }]);
    }
    const reader = bearer(lab.tokenFor('tokens', ['exports:read']).secret);
    expect(await lab.start(reader)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(JSON.stringify(lab.tokens.list())).not.toContain(good.secret.slice(10));
  });

  it('accepts a person whom Grafana signed for', async () => {
    const address = { 'X-Auditrail-Client-Address': '192.0.2.7' };
    const started = await lab.start({ ...(await lab.grafanaHeaders()), ...address });
    const createdBy = { type: 'user', id: 'uid-ada', name: 'Ada', email: 'ada@example.com' };
    expect(started).toMatchObject({ status: 201, body: { createdBy } });
    const byAda = lab.entries().filter(({ actor }) => actor.email === 'ada@example.com');
    expect(byAda.map(({ source }) => source)).toEqual([{ ip: '192.0.2.7' }]);
  });

  it('accepts an address from the gateway only', async () => {
    const token = lab.tokenFor('addresses');
    await lab.start({ ...bearer(token.secret), 'X-Auditrail-Client-Address': '6.6.6.6' });
    await lab.start({ ...(await lab.grafanaHeaders()), 'X-Auditrail-Client-Address': '"><script>' });
    expect(lab.entries().map(({ source }) => source)).toEqual([undefined, undefined]);
  });

  it('refuses identities that Grafana did not sign for this request', async () => {
    const otherKeys = await generateKeyPair('ES256');
    const good = await lab.grafanaHeaders();
    const [head = '', , signature = ''] = (good['X-Grafana-Id'] ?? '').split('.');
    const forged = Buffer.from(JSON.stringify({ identifier: 'uid-root', aud: 'org:1', iss: ISSUER })).toString(
      'base64url',
    );
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([each]) => each !== name));
    const attacks: [string, Record<string, string>][] = [
      ['no signed token', without('X-Grafana-Id')],
      ['no context', without('X-Grafana-Context')],
      ['another key', await lab.grafanaHeaders({ key: otherKeys.privateKey })],
      ['changed claims', { ...good, 'X-Grafana-Id': `${head}.${forged}.${signature}` }],
      ['no algorithm', { ...good, 'X-Grafana-Id': `${none}.${forged}.` }],
      ['expired', await lab.grafanaHeaders({ seconds: -3_600 })],
      ['another issuer', await lab.grafanaHeaders({ iss: 'https://evil.example.com/' })],
      ['a service account', await lab.grafanaHeaders({ type: 'service-account' })],
      ['an audience that is not an organization', await lab.grafanaHeaders({ aud: 'https://evil.example.com' })],
      ["another person's token, replayed", await lab.grafanaHeaders({}, { UserUID: 'uid-eve', Login: 'eve' })],
      ["another organization's token, replayed", await lab.grafanaHeaders({}, { OrgID: 2 })],
      ["a person without Grafana's proxy", { ...good, ...bearer('guessed') }],
      ['headers alone', { 'X-Grafana-Id': good['X-Grafana-Id'] ?? '', 'X-Grafana-User': 'admin' }],
    ];
    for (const [what, headers] of attacks) {
      lab.logged.length = 0;
      const { status } = await lab.ask('/v1/exports', headers);
      expect([what, status, lab.logged.length]).toEqual([what, 401, 1]);
    }
    expect(await lab.ask('/v1/exports', await lab.grafanaHeaders({ aud: 'org:2' }, { OrgID: 2 }))).toMatchObject({
      status: 403,
    });
    expect(await lab.ask('/v1/exports', { ...good, 'X-Scope-OrgID': 'other' })).toMatchObject({ status: 403 });
    expect((await lab.ask('/v1/exports', good)).status).toBe(200);
  });

  it('refuses malformed requests', async () => {
    const headers = bearer(lab.tokenFor('shapes').secret);
    const bad = async (body: unknown, status = 400) =>
      expect(await lab.ask('/v1/exports', headers, 'POST', body)).toMatchObject({ status });
    await bad('{');
    expect(await lab.ask('/v1/exports?limit=0', headers)).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'limit' }] },
    });
    await bad('null');
    await bad({ ...WANTED, admin: true });
    await bad({ ...WANTED, formats: ['exe'] });
    await bad({ ...WANTED, formats: ['csv', 'csv'] });
    await bad({ ...WANTED, formats: [] });
    for (const columns of [['secret'], ['toString'], ['scope.A b'], ['ip', 'ip'], 'ip'])
      await bad({ ...WANTED, columns });
    await bad({ ...WANTED, filters: [{ field: 'x"}', operator: 'is', values: ['a'] }] });
    await bad({
      ...WANTED,
      filters: Array.from({ length: 51 }, () => ({ field: 'action', operator: 'is', values: ['a'] })),
    });
    await bad({ ...WANTED, from: '2020-01-01T00:00:00Z' }, 422);
    await bad({ ...WANTED, to: WANTED.from }, 422);
    expect(await lab.ask('/v1/exports/..%2f..%2fetc', headers)).toMatchObject({ status: 400 });
    expect(await lab.ask('/v1/exports', headers, 'PUT')).toMatchObject({ status: 405 });
    expect(await lab.ask('/v2', headers)).toMatchObject({ status: 404 });
    const plain = await fetch(`${lab.url}/v1/exports`, { method: 'POST', headers, body: JSON.stringify(WANTED) });
    expect(plain.status).toBe(415);
    const head = await fetch(`${lab.url}/v1/exports`, { method: 'HEAD', headers });
    expect(head.status).toBe(405);
  });
});
