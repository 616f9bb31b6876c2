import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonWith, startStack, testStack, uniqueTenant } from '@auditrail/stack';
import { readTrail } from '@auditrail/stack/testing';
import type { StoredRecord } from '../days/columns.ts';
import { loadS3 } from '../serve/s3-client.ts';
import { s3Server } from '../serve/testing/s3-server.ts';
import { folderArchive } from './archive-store.ts';
import { s3Archive } from './s3-archive.ts';
import { ARCHIVE_COLUMNS } from './schema.ts';
import { archiveLab, DAY_MS, emitter } from './testing/archive-lab.ts';

const DAYS = 30;
const PER_DAY = 96;
const stack = testStack();
const tenant = uniqueTenant('archived');
const TODAY_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const FIRST_MS = TODAY_MS - (DAYS + 1) * DAY_MS;
const dateOf = (day: number) => new Date(FIRST_MS + day * DAY_MS).toISOString().slice(0, 10);

let lab: Awaited<ReturnType<typeof archiveLab>>;
let server: Awaited<ReturnType<typeof s3Server>>;
let records: StoredRecord[];
const objects = () => join(lab.root, 's3/buckets/audit/prod');

beforeAll(async () => {
  lab = await archiveLab();
  server = await s3Server(join(lab.root, 's3'));
  const emitters = [emitter('one'), emitter('two')];
  records = Array.from({ length: DAYS * PER_DAY }, (_, i) => {
    const next = emitters[i % 2] as (typeof emitters)[0];
    return next(FIRST_MS + Math.floor((i * DAY_MS) / PER_DAY), { properties: { i, text: '“ä” 🙂 "\\' } });
  });
  lab.nowMs = Date.now();
  await lab.add(tenant, records);
  const store = s3Archive({ ...server.connection, bucket: 'audit', prefix: 'prod' });
  await lab.archiver({ store }).runOnce();
  expect(lab.errors()).toEqual([]);
}, 900_000);
afterAll(async () => {
  await server.stop();
  await lab.close();
}, 30_000);

async function auditrail(...args: string[]) {
  const { s3Endpoint, s3KeyId, s3Secret } = server.connection;
  const env = {
    ...{ PATH: process.env['PATH'], HOME: lab.root, TMPDIR: process.env['TMPDIR'] ?? '/tmp' },
    ...{ AUDITRAIL_S3_ENDPOINT: s3Endpoint, AWS_ACCESS_KEY_ID: s3KeyId, AWS_SECRET_ACCESS_KEY: s3Secret },
  };
  const cli = ['--conditions=@auditrail/source', '--disable-warning=ExperimentalWarning', join(__dirname, '../cli.ts')];
  return promisify(execFile)(process.execPath, [...cli, ...args], { env, maxBuffer: 64_000_000 }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
}
const inArchive = ['--archive', 's3://audit/prod', '--tenant', tenant];
const verify = () => auditrail('verify', ...inArchive, '--public-key', lab.publicKey, '--json');

it('has 30 days in the bucket, which verify; a changed day and a removed one are named', async () => {
  expect(readdirSync(join(objects(), `tenant=${tenant}`))).toHaveLength(DAYS);
  const good = await verify();
  expect(good.stderr).toBe('');
  const report = JSON.parse(good.stdout) as { lines: number; archive: { days: unknown[]; findings: unknown[] } };
  expect(report).toMatchObject({ ok: true, lines: DAYS * PER_DAY, archive: { findings: [] } });
  expect(report.archive.days).toHaveLength(DAYS);
  expect(good.code).toBe(0);

  const Key = `prod/tenant=${tenant}/day=${dateOf(11)}/entries.1.parquet`;
  const bytes = readFileSync(join(objects(), '..', Key));
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(300) ^ 1, 300);
  const { s3, client } = await loadS3(server.connection);
  const put = (Body: Buffer) => client.send(new s3.PutObjectCommand({ Bucket: 'audit', Key, Body }));
  await put(changed);
  const bad = await verify();
  expect(bad.code).toBe(1);
  const { findings } = (JSON.parse(bad.stdout) as { archive: { findings: { day: string; text: string }[] } }).archive;
  expect(new Set(findings.map(({ day }) => day))).toEqual(new Set([dateOf(11)]));
  expect(findings[0]?.text).toContain('is not what was written');
  await put(bytes);
  expect((await verify()).code).toBe(0);
}, 120_000);

it('restores a day into another tenant of Loki: the same lines under the same times, once', async () => {
  const into = uniqueTenant('restored');
  const { read, write } = stack.tokensFor(into);
  const restore = (target = into, tokens = `${read} ${write}`, ...more: string[]) =>
    auditrail(
      ...['restore', ...inArchive, '--into', target, '--from', dateOf(20), '--to', dateOf(20)],
      ...['--url', stack.urls.gateway, '--token', tokens, '--public-key', lab.publicKey, ...more],
    );
  const first = await restore();
  expect(first.stderr).toContain(`${dateOf(20)}: ${PER_DAY} entries, ${PER_DAY} sent, read back`);
  expect(first).toMatchObject({
    code: 0,
    stdout: `1 days with ${PER_DAY} entries of tenant ${tenant} are in tenant ${into}\n`,
  });
  const again = await restore();
  expect(again.stderr).toContain(`${dateOf(20)}: ${PER_DAY} entries, 0 sent, read back`);

  const start = BigInt(FIRST_MS) * 1_000_000n;
  const range = { start, end: start + BigInt(DAYS * DAY_MS) * 1_000_000n };
  const stored = await readTrail(stack, into, { range });
  const expected = records.slice(20 * PER_DAY, 21 * PER_DAY);
  expect(stored.map(({ ns, line }) => ({ ns, line })).reverse()).toEqual(
    expected.map(({ ns, line }) => ({ ns, line })),
  );
  const filters = [{ field: 'ip' as const, operator: 'is' as const, values: ['10.0.0.7'] }];
  expect(await readTrail(stack, into, { range, query: { filters } })).toHaveLength(PER_DAY);

  const { read: ownRead, write: ownWrite } = stack.tokensFor(tenant);
  const same = await restore(tenant, `${ownRead} ${ownWrite}`);
  expect(same).toMatchObject({ code: 2, stderr: expect.stringContaining('is the tenant that was archived') as string });
  expect(await readTrail(stack, tenant, { range })).toEqual([]);
}, 120_000);

it('restores nothing into a tenant with other entries, nor a day that was changed', async () => {
  const into = uniqueTenant('restored');
  const { read, write } = stack.tokensFor(into);
  const restore = (day: string) =>
    auditrail(
      ...['restore', ...inArchive, '--into', into, '--from', day, '--to', day],
      ...['--url', stack.urls.gateway, '--token', `${read} ${write}`, '--public-key', lab.publicKey],
    );
  const file = join(objects(), `tenant=${tenant}/day=${dateOf(5)}/entries.1.parquet`);
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.subarray(0, -1));
  expect((await restore(dateOf(5))).stderr).toContain('entries.1.parquet cannot be read');
  writeFileSync(file, bytes);

  const other = emitter('other')(FIRST_MS + 6 * DAY_MS + 1_000);
  const otherTenant = uniqueTenant('mixed');
  await lab.add(otherTenant, [other]);
  const folder = join(lab.root, 'mixed');
  await lab.archiver({ store: folderArchive(folder) }).runOnce();
  const mixed = await auditrail(
    ...[
      'restore',
      '--archive',
      folder,
      '--tenant',
      otherTenant,
      '--into',
      into,
      '--from',
      dateOf(6),
      '--to',
      dateOf(6),
    ],
    ...['--url', stack.urls.gateway, '--token', `${read} ${write}`],
  );
  expect(mixed.code).toBe(0);
  expect((await restore(dateOf(6))).stderr).toContain(`tenant ${into} has 1 other entries on ${dateOf(6)}`);
}, 120_000);

it('restores days older than the retention only on demand, and other lines as they are', async () => {
  const [from, into] = [uniqueTenant('old'), uniqueTenant('restored')];
  const oldMs = Date.UTC(2015, 5, 1);
  const old = [
    ...[emitter('old')(oldMs), emitter('old2')(oldMs)],
    ...['no entry', '{"a": 1}', 'two\nlines'].map((line, i) => ({
      ...{ ns: BigInt(oldMs + i) * 1_000_000n, arrivalNs: 1n, line },
      metadata: new Map([
        ['service_name', 'other'],
        ['audit_channel', 'other'],
      ]),
    })),
  ];
  await lab.add(from, old);
  const folder = join(lab.root, 'old');
  await lab.archiver({ store: folderArchive(folder) }).runOnce();
  const { read, write } = stack.tokensFor(into);
  const restore = (...more: string[]) =>
    auditrail(
      ...[
        'restore',
        '--archive',
        folder,
        '--tenant',
        from,
        '--into',
        into,
        '--from',
        '2015-06-01',
        '--to',
        '2015-06-01',
      ],
      ...['--url', stack.urls.gateway, '--token', `${read} ${write}`, ...more],
    );
  const refused = await restore();
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(
    `Loki keeps entries of tenant ${into} for 365 days and would delete those of 2015-06-01`,
  );
  const done = await restore('--ignore-retention');
  expect(done).toMatchObject({ code: 0 });
  const start = BigInt(oldMs) * 1_000_000n;
  const stored = await readTrail(stack, into, { range: { start, end: start + 10n ** 12n } });
  expect(stored.map(({ line }) => line).sort()).toEqual(old.map(({ line }) => line).sort());
}, 120_000);

it('reports a Loki that refuses old entries, with the remedy', async () => {
  const overrides = join(lab.root, 'overrides.yaml');
  const limits = 'reject_old_samples: true\n    reject_old_samples_max_age: 24h';
  writeFileSync(overrides, `overrides:\n  strict:\n    ${limits}\n`);
  const strict = await startStack({ dataDir: join(lab.root, 'strict'), overrides });
  try {
    const { read, write } = strict.tokensFor('strict');
    const { code, stderr } = await auditrail(
      ...['restore', ...inArchive, '--into', 'strict', '--from', dateOf(15), '--to', dateOf(15)],
      ...['--url', strict.urls.gateway, '--token', `${read} ${write}`],
    );
    expect(code).toBe(2);
    expect(stderr).toContain('set reject_old_samples to false for this tenant (docs/archive.md#restore)');
  } finally {
    await strict.stop();
  }
}, 120_000);

it('is read by other engines (pyarrow, DuckDB in Python): the same lines, hashes and counts', async () => {
  const python = await pythonWith(['pyarrow==26.0.1', 'duckdb==1.5.6']);
  const { stdout } = await promisify(execFile)(python, [join(__dirname, 'read_archive.py'), objects()]);
  const [arrow, duckdb] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const hashes = records.map(({ line }) => createHash('sha256').update(line).digest()).sort((a, b) => a.compare(b));
  const lines = createHash('sha256').update(Buffer.concat(hashes)).digest('hex');
  const expected = {
    ...{ entries: records.length, lines, hashes: lines },
    days: Object.fromEntries(Array.from({ length: DAYS }, (_, day) => [dateOf(day), PER_DAY])),
    columns: ARCHIVE_COLUMNS.map(([name]) => name),
  };
  expect(arrow).toMatchObject({
    ...expected,
    metadata: {
      auditrail_schema: 'auditrail-archive/1',
      auditrail_tenant: tenant,
      auditrail_day: dateOf(0),
      auditrail_revision: '1',
    },
    types: {
      time: 'timestamp[us]',
      time_ns: 'int64',
      repeats: 'bool',
      line: 'string',
      chain_seq: 'int64',
      revision: 'int32',
    },
  });
  expect(duckdb).toEqual(expected);
}, 300_000);

it('loses a day of the bucket visibly', async () => {
  rmSync(join(objects(), `tenant=${tenant}/day=${dateOf(3)}`), { recursive: true });
  const { code, stdout } = await auditrail('verify', ...inArchive, '--public-key', lab.publicKey);
  expect(code).toBe(1);
  expect(stdout).toContain(`FOUND      ${dateOf(3)}: ${dateOf(3)} is missing from the archive`);
}, 60_000);
