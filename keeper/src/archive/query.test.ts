import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../terminal/usage-error.ts';
import { query, type QueryOptions } from './query-command.ts';
import { archiveLab, DAY_MS, emitter, FIRST_MS } from './testing/archive-lab.ts';

let lab: Awaited<ReturnType<typeof archiveLab>>;
const outside = mkdtempSync(join(tmpdir(), 'auditrail-outside-'));

beforeAll(async () => {
  lab = await archiveLab();
  lab.nowMs = FIRST_MS + 5 * DAY_MS;
  for (const tenant of ['audit', 'other']) {
    const next = emitter(tenant);
    const records = Array.from({ length: 72 }, (_, hour) => next(FIRST_MS + hour * 3_600_000));
    const evil = next(FIRST_MS + 73 * 3_600_000, { description: '=HYPERLINK("http://x")', action: 'a.evil' });
    await lab.add(tenant, [...records, evil]);
  }
  await lab.archiver().runOnce();
  writeFileSync(join(outside, 'secret.csv'), 'a,b\n1,2\n');
});
afterAll(async () => {
  await lab.close();
  rmSync(outside, { recursive: true });
});

const options = (more: Partial<QueryOptions> = {}): QueryOptions => ({
  ...{ archive: lab.archive, tenant: 'audit', from: '2026-10-01', to: '2026-10-31', format: 'json' },
  ...{ timeout: 20_000, memory: 256, s3Region: 'us-east-1', ...more },
});

async function ask(sql: string, more: Partial<QueryOptions> = {}): Promise<string> {
  let text = '';
  const write = (part: string) => Promise.resolve(void (text += part));
  await query(sql, options(more), write, () => undefined);
  return text;
}
const rows = async (sql: string, more: Partial<QueryOptions> = {}) =>
  (await ask(sql, more))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it('answers from the days of the range and the tenant, of the newest revision', async () => {
  expect(await rows('SELECT count(*) AS n, min(day) AS first, max(day) AS last FROM entries')).toEqual([
    { n: '73', first: '2026-10-01', last: '2026-10-04' },
  ]);
  expect(
    await rows('SELECT count(*)::INTEGER AS n FROM entries', { from: '2026-10-02', to: '2026-10-02T06:00:00Z' }),
  ).toEqual([{ n: 6 }]);
  expect(await rows('SELECT DISTINCT chain_stream FROM entries', { tenant: 'other' })).toEqual([
    { chain_stream: 'other' },
  ]);
  expect(await rows("SELECT line->>'service' AS s, sha256(line) = line_sha256 AS ok FROM entries LIMIT 1;")).toEqual([
    { s: 'shop', ok: true },
  ]);
  expect(await rows('SELECT * FROM entries', { from: '2020-01-01', to: '2020-01-02' })).toEqual([]);
});

it("answers from the keeper's own entries, while the keeper runs", async () => {
  const local = { archive: undefined, folder: lab.keeper };
  expect(await rows("SELECT count(*)::INTEGER AS n FROM entries WHERE action = 'user.login'", local)).toEqual([
    { n: 72 },
  ]);
  expect(await rows('SELECT DISTINCT chain_stream FROM entries', { ...local, tenant: 'other' })).toEqual([
    { chain_stream: 'other' },
  ]);
  expect(await rows('SELECT * FROM entries', { ...local, tenant: 'nobody' })).toEqual([]);
  expect(readdirSync(join(lab.keeper, 'days/.query'))).toEqual([]);
});

it('writes tables that cannot control the terminal, and CSV without formulas', async () => {
  const sql =
    "SELECT description, -5::BIGINT AS n, NULL AS nothing, [1] AS list, chr(27) || '[2J' AS esc FROM entries WHERE action = 'a.evil'";
  expect(await ask(sql, { format: 'csv' })).toBe(
    'description,n,nothing,list,esc\r\n"\'=HYPERLINK(""http://x"")",-5,,[1],\u001b[2J\r\n',
  );
  const table = await ask(sql, { format: 'table' });
  expect(table).toBe(
    [
      'description             n   nothing  list  esc',
      '----------------------  --  -------  ----  ----',
      '=HYPERLINK("http://x")  -5           [1]    [2J',
      '1 rows',
      '',
    ].join('\n'),
  );
  expect(await ask('SELECT * FROM range(5000) r(i)', { format: 'table' })).toMatch(/\n999\nthe first 1000 rows: /);
  expect((await ask('SELECT * FROM range(5000) r(i)', { format: 'csv' })).split('\r\n')).toHaveLength(5002);
});

describe('attacks', () => {
  const REFUSED =
    /Permission Error: Cannot access|Catalog Error: Table |Catalog Error: Scalar |only SELECT is allowed|give one statement/;
  const files = () => [...readdirSync(outside), ...readdirSync(lab.archive, { recursive: true })].sort();
  const hashes = () =>
    createHash('sha256')
      .update(readFileSync(join(lab.archive, 'tenant=audit/day=2026-10-01/entries.1.parquet')))
      .digest('hex');
  const own = () => join(lab.archive, 'tenant=audit/day=2026-10-01/entries.1.parquet');
  const foreign = () => join(lab.archive, 'tenant=other/day=2026-10-01/entries.1.parquet');

  it.each<[name: string, sql: () => string]>([
    ['a file', () => "SELECT * FROM read_csv('/etc/passwd')"],
    ['a file by its name', () => "SELECT * FROM '/etc/passwd'"],
    ['text', () => "SELECT * FROM read_text('/etc/passwd')"],
    ['bytes', () => "SELECT * FROM read_blob('/proc/self/environ')"],
    ['CSV outside', () => `SELECT * FROM read_csv('${outside}/secret.csv')`],
    ['lines', () => `SELECT * FROM sniff_csv('${outside}/secret.csv')`],
    ['JSON', () => `SELECT * FROM read_json('${outside}/secret.csv')`],
    ['names', () => `SELECT * FROM glob('${outside}/*')`],
    ["another tenant's file", () => `SELECT * FROM read_parquet('${foreign()}')`],
    ["another tenant's files by a pattern", () => `SELECT * FROM read_parquet('${lab.archive}/*/*/*.parquet')`],
    [
      "another tenant's file by a detour",
      () => `SELECT * FROM read_parquet('${own()}/../../../tenant=other/day=2026-10-01/entries.1.parquet')`,
    ],
    ["another tenant's metadata", () => `SELECT * FROM parquet_kv_metadata('${foreign()}')`],
    ['a query in a text', () => `SELECT * FROM query('SELECT * FROM read_parquet(''${foreign()}'')')`],
    ['a database', () => `SELECT * FROM sqlite_scan('${lab.keeper}/keeper.sqlite', 'tokens')`],
    ['the network', () => "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')"],
    ['the environment', () => "SELECT getenv('PATH')"],
    ['a copy', () => `COPY entries TO '${outside}/out.csv'`],
    ['a copy over an archived file', () => `COPY (SELECT 1) TO '${own()}' (FORMAT parquet)`],
    ['an export', () => `EXPORT DATABASE '${outside}'`],
    ['ATTACH', () => `ATTACH '${outside}/x.db'`],
    ['INSTALL', () => 'INSTALL httpfs'],
    ['LOAD', () => "LOAD '/tmp/x.duckdb_extension'"],
    ['SET', () => 'SET enable_external_access = true'],
    ['RESET', () => 'RESET lock_configuration'],
    ['PRAGMA', () => 'PRAGMA enable_external_access = true'],
    ['CALL', () => 'CALL pragma_version()'],
    ['two statements', () => `SELECT 1; COPY (SELECT 1) TO '${outside}/out.csv'`],
    ['a statement behind a comment', () => `SELECT 1 -- x\n; SET lock_configuration = false`],
    ['EXPLAIN ANALYZE of a copy', () => `EXPLAIN ANALYZE COPY (SELECT 1) TO '${outside}/out.csv'`],
    ['a prepared copy', () => `PREPARE p AS COPY (SELECT 1) TO '${outside}/out.csv'`],
    ['a table', () => 'CREATE TABLE t AS SELECT 1'],
    ['another view', () => `CREATE OR REPLACE VIEW entries AS SELECT * FROM read_csv('/etc/passwd')`],
    ['a secret', () => "CREATE SECRET (TYPE s3, KEY_ID 'x')"],
    ['nothing', () => ' ; '],
  ])('%s: refused', async (_, sql) => {
    const [before, hash] = [files(), hashes()];
    await expect(ask(sql())).rejects.toThrow(REFUSED);
    await expect(ask(sql(), { archive: undefined, folder: lab.keeper })).rejects.toThrow(REFUSED);
    expect(files()).toEqual(before);
    expect(hashes()).toBe(hash);
    expect(existsSync(join(outside, 'out.csv'))).toBe(false);
  });

  it('stops a query that takes too long, or too much memory', async () => {
    const endless = 'SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE hash(a.range, b.range) = 1';
    await expect(ask(endless, { timeout: 300 })).rejects.toThrow('the query took longer than 0.3 s');
    await expect(
      ask("SELECT list(repeat('x', 1000) || i) AS a FROM range(1000000) r(i)", { memory: 100 }),
    ).rejects.toThrow(/Out of Memory|failed to allocate/i);
  }, 30_000);

  it('leaves no folder behind', async () => {
    const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('auditrail-query-'));
    const before = left();
    await expect(ask('SELECT nothing FROM entries')).rejects.toThrow('nothing');
    expect(left()).toEqual(before);
  });
});

it('does not mix revisions of a day', async () => {
  const archive = join(lab.root, 'twice');
  cpSync(lab.archive, archive, { recursive: true });
  const day = join(archive, 'tenant=audit/day=2026-10-01');
  cpSync(join(day, 'entries.1.parquet'), join(day, 'entries.2.parquet'));
  expect(await rows('SELECT count(*)::INTEGER AS n FROM entries', { archive })).toEqual([{ n: 73 }]);
  cpSync(join(day, '_entries.1.manifest.json'), join(day, '_entries.2.manifest.json'));
  expect(await rows('SELECT count(*)::INTEGER AS n FROM entries', { archive })).toEqual([{ n: 73 }]);
});

it('needs one source', async () => {
  await expect(ask('SELECT 1', { folder: lab.keeper })).rejects.toThrow(UsageError);
  await expect(ask('SELECT 1', { archive: undefined, folder: outside })).rejects.toThrow(
    'is not the folder of a keeper',
  );
});
