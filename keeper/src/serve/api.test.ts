import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DOWNLOAD_ENTRY_SHAPE, downloadEntryShape } from '../../../core/src/testing/shape-of.ts';
import { GatewayTokenSet, newGatewayToken } from '../gateway-tokens/index.ts';
import { serve } from './serve.ts';
import { bearer, CONTENT, fakeEngine, keeperLab } from './testing/keeper-lab.ts';

let lab: Awaited<ReturnType<typeof keeperLab>>;
beforeAll(async () => {
  lab = await keeperLab();
});
afterAll(() => lab.close());
beforeEach(() => lab.reset());

describe('an export', () => {
  it('is started, followed, downloaded as a ZIP and deleted, each an entry', async () => {
    const headers = bearer(lab.tokenFor('life').secret);
    const started = await lab.start(headers, {
      filters: [{ field: 'action', operator: 'is', values: ['user.login'] }],
      search: 'Ada',
      columns: ['ip', 'scope.project'],
    });
    expect(started).toMatchObject({
      status: 201,
      body: { name: 'Q3', columns: ['ip', 'scope.project'], createdBy: { type: 'api_key' } },
    });
    const { id } = started.body;
    expect(started.headers.get('location')).toBe(`/v1/exports/${String(id)}`);
    const done = await lab.finished(headers, id);
    expect(done).toMatchObject({ status: 'completed', rows: 1, files: [{ format: 'ndjson', rows: 1, bytes: 12 }] });
    expect(Date.parse(String(done['expiresAt'])) - Date.parse(String(done['finishedAt']))).toBe(7 * 24 * 3_600_000);

    const { body: listed } = await lab.ask('/v1/exports', headers);
    expect(listed).toMatchObject({ total: 1, signer: { keyId: '00ff', publicKey: 'PUBLIC' } });

    const zip = await fetch(`${lab.url}/v1/exports/${String(id)}/files/ndjson`, { headers });
    expect(zip.headers.get('content-disposition')).toContain('filename="Q3-2026-02-01.ndjson.zip"');
    const bytes = Buffer.from(await zip.arrayBuffer());
    expect(bytes.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04');
    expect(bytes.toString('latin1')).toContain('audit-log.manifest.json');
    expect(await lab.ask(`/v1/exports/${String(id)}/files/csv`, headers)).toMatchObject({ status: 404 });

    expect((await lab.ask(`/v1/exports/${String(id)}`, headers, 'DELETE')).status).toBe(204);
    expect((await lab.ask(`/v1/exports/${String(id)}`, headers)).status).toBe(404);
    expect(readdirSync(join(lab.folder, 'files'))).not.toContain(id);
    expect(new Set(lab.actions())).toEqual(
      new Set(['audit.export.created', 'audit.export.downloaded', 'audit.export.deleted']),
    );
    const downloaded = lab.entries().find(({ action }) => action === 'audit.export.downloaded');
    expect(downloaded).toMatchObject({
      description: 'Audit log export downloaded',
      target: { id, name: 'Q3' },
      properties: { files: [{ sha256: createHash('sha256').update(CONTENT).digest('hex') }] },
    });
    expect(downloadEntryShape(downloaded ?? {})).toEqual(DOWNLOAD_ENTRY_SHAPE);
  });

  it('is cancelled, and leaves nothing on disk', async () => {
    const headers = bearer(lab.tokenFor('cancel').secret);
    const { id } = (await lab.start(headers, { name: 'slow' })).body;
    expect((await lab.ask(`/v1/exports/${String(id)}/cancel`, headers, 'POST')).body).toMatchObject({
      status: 'cancelled',
    });
    expect(await lab.ask(`/v1/exports/${String(id)}/cancel`, headers, 'POST')).toMatchObject({
      status: 409,
      body: { code: 'WRONG_STATE' },
    });
    expect(readdirSync(join(lab.folder, 'work'))).not.toContain(id);
  });

  it('fails with a reason, which is an entry, and is run again', async () => {
    const headers = bearer(lab.tokenFor('fails').secret);
    const { id } = (await lab.start(headers, { name: 'bad disk' })).body;
    expect(await lab.finished(headers, id)).toMatchObject({ status: 'failed', error: { code: 'EXPORT_UNWRITABLE' } });
    expect(readdirSync(join(lab.folder, 'work'))).not.toContain(id);
    expect(await lab.ask(`/v1/exports/${String(id)}/files/ndjson`, headers)).toMatchObject({ status: 409 });
    const again = await lab.ask(`/v1/exports/${String(id)}/rerun`, headers, 'POST');
    expect(again).toMatchObject({ status: 201, body: { name: 'bad disk' } });
    expect(again.body['id']).not.toBe(id);
    await lab.finished(headers, again.body['id']);
    while (!lab.actions().includes('audit.export.failed')) await sleep(20);
  });

  it('is refused, not handed out and not deleted if the entry cannot be written', async () => {
    const headers = bearer(lab.tokenFor('silent').secret);
    const { id } = (await lab.start(headers)).body;
    await lab.finished(headers, id);
    lab.collectorUp = false;
    const refused = { status: 503, body: { code: 'ENTRY_NOT_WRITTEN' } };
    expect(await lab.start(headers)).toMatchObject(refused);
    expect(await lab.ask(`/v1/exports/${String(id)}/files/ndjson`, headers)).toMatchObject(refused);
    expect(await lab.ask(`/v1/exports/${String(id)}`, headers, 'DELETE')).toMatchObject(refused);
    lab.collectorUp = true;
    expect((await lab.ask('/v1/exports', headers)).body['exports']).toHaveLength(1);
  });

  it('is refused with a code of its own if the keeper has no token for the tenant', async () => {
    const { collector } = lab.options;
    const { token } = newGatewayToken({ tenant: 'other', role: 'write' });
    await lab.restart({ collector: { ...collector, tokens: new GatewayTokenSet(token) } });
    const answer = await lab.start(bearer(lab.tokenFor('no-token').secret));
    expect(answer).toMatchObject({ status: 503, body: { code: 'TOKEN_MISSING' } });
    expect(lab.logged).toMatchObject([{ event: 'refused', details: { code: 'TOKEN_MISSING' } }]);
    await lab.restart();
  });

  it('is refused if 20 of the tenant are queued or running, also if 80 start at once', async () => {
    const callers = Array.from({ length: 4 }, () => bearer(lab.tokenFor('crowd').secret));
    const starts = callers.flatMap((headers) =>
      Array.from({ length: 20 }, () => lab.start(headers, { name: 'slow crowd' })),
    );
    const answers = await Promise.all(starts);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    const refused = answers.filter(({ body }) => body['code'] === 'TOO_MANY_EXPORTS');
    expect(refused).toHaveLength(60);
    const [headers = {}] = callers;
    for (const { body } of answers.filter(({ status }) => status === 201)) {
      await lab.ask(`/v1/exports/${String(body['id'])}/cancel`, headers, 'POST');
    }
  });

  it('continues after the keeper was stopped in the middle', async () => {
    const { secret } = lab.tokenFor('resume');
    const { id } = (await lab.start(bearer(secret), { name: 'slow resume' })).body;
    while ((await lab.ask(`/v1/exports/${String(id)}`, bearer(secret))).body['status'] !== 'running') await sleep(10);
    await lab.stop();
    expect(readdirSync(join(lab.folder, 'work'))).toContain(id);
    await lab.begin({
      engine: ({ job, ...rest }) =>
        fakeEngine({ ...rest, job: { ...job, request: { ...job.request, name: 'quick' } } }),
    });
    expect(await lab.finished(bearer(secret), id)).toMatchObject({ status: 'completed', name: 'slow resume' });
    await lab.restart();
  });
});

it('accepts a range of a year, and none that is longer', async () => {
  const headers = bearer(lab.tokenFor('year').secret);
  const year = { from: '2025-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
  expect(await lab.start(headers, year)).toMatchObject({ status: 201, body: year });
  const longer = await lab.start(headers, { ...year, to: '2026-01-02T00:00:00.000000001Z' });
  expect(longer).toMatchObject({ status: 422, body: { code: 'UNPROCESSABLE' } });
  expect(longer.body['detail']).toContain('longer than 366 days');
});

describe('lists', () => {
  it('in pages, newest first, one tenant alone', async () => {
    const headers = bearer(lab.tokenFor('pages').secret);
    const ids: unknown[] = [];
    for (let i = 0; i < 3; i++) ids.unshift((await lab.start(headers)).body['id']);
    const first = (await lab.ask('/v1/exports?limit=2', headers)).body;
    expect((first['exports'] as { id: string }[]).map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const second = (await lab.ask(`/v1/exports?limit=2&before=${String(first['next'])}`, headers)).body;
    expect((second['exports'] as { id: string }[]).map(({ id }) => id)).toEqual(ids.slice(2));
    expect(second['next']).toBeUndefined();
    expect([first['total'], second['total']]).toEqual([3, 3]);
  });
});

it('limits the requests of one caller', async () => {
  await lab.restart({ rates: { requests: 5, reads: 5, starts: 2, failures: 2 } });
  const headers = bearer(lab.tokenFor('rates').secret);
  await lab.start(headers);
  await lab.start(headers);
  const third = await lab.start(headers);
  expect(third).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED' } });
  expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await lab.ask('/v1/exports', headers)).status);
  expect(statuses).toEqual([200, 200, 429]);
  const failures = [];
  for (let i = 0; i < 3; i++) failures.push((await lab.ask('/v1/exports', bearer('x'))).status);
  expect(failures).toEqual([401, 401, 429]);
  // A caller with wrong tokens does not lock out others.
  expect((await lab.ask('/v1/exports', bearer(lab.tokenFor('rates').secret))).status).toBe(200);
  await lab.restart();
});

it('does not run twice on one folder', async () => {
  await expect(serve(lab.options)).rejects.toThrow('another auditrail serve runs');
});
