import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, formatTime, msToNs, type AuditEntry } from '@auditrail/core';
import { httpLokiClient, LOKI_PATHS, parseLines, type LokiClient, type LokiLine } from '@auditrail/core/loki';
import { testStack, uniqueTenant } from '@auditrail/stack';
import { otlpLogs, testEntry, waitForTrail } from '@auditrail/stack/testing';
import { DOWNLOAD_ENTRY_SHAPE, downloadEntryShape } from '../../../core/src/testing/shape-of.ts';
import { linesClient } from './lines-client.ts';
import { runExport } from './run-export.ts';

const stack = testStack();
const { urls, tokensFor } = stack;
const root = mkdtempSync(join(tmpdir(), 'auditrail-export-itest-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const cli = join(__dirname, '../cli.ts');
const node = ['--conditions=@auditrail/source', '--disable-warning=ExperimentalWarning', cli, 'export'];
const HOUR = 3_600_000;
const base = Math.floor(Date.now() / 1_000) * 1_000 - 10 * HOUR;
const range = { start: msToNs(base - HOUR), end: msToNs(base + HOUR) };
const times = ['--from', formatTime(range.start), '--to', formatTime(range.end)];
const readToken = (tenant: string) => ({ Authorization: `Bearer ${tokensFor(tenant).read}` });
const client = (tenant: string): LokiClient =>
  httpLokiClient({ url: urls.gateway, tenant, headers: readToken(tenant) });

function entriesAt(count: number, ns: (i: number) => bigint): AuditEntry[] {
  return Array.from({ length: count }, (_, i) => ({
    // Many people: their streams are read in parts.
    ...testEntry({ description: `é "${i}" \\ \u2028 ${'x'.repeat(200)}`, actor: { type: 'user', id: String(i % 40) } }),
    time: formatTime(ns(i)),
  }));
}

// Directly to Loki: thousands at once, without a queue.
async function store(tenant: string, entries: readonly AuditEntry[]): Promise<void> {
  for (let at = 0; at < entries.length; at += 2_000) {
    const response = await fetch(`${urls.loki}/otlp/v1/logs`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Scope-OrgID': tenant },
      body: otlpLogs(entries.slice(at, at + 2_000)),
    });
    if (!response.ok) throw new Error(`Loki answered ${response.status}: ${await response.text()}`);
  }
}

const linesOf = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1);
const newestFirst = (entries: readonly AuditEntry[]) =>
  [...entries]
    .sort((a, b) => (a.time === b.time ? (a.id < b.id ? 1 : -1) : a.time < b.time ? 1 : -1))
    .map((entry) => canonicalJson(entry));

function run(tenant: string, out: string, more: readonly string[] = [], env: Record<string, string> = {}) {
  const args = [
    ...node,
    '--url',
    urls.gateway,
    '--token',
    tokensFor(tenant).read,
    '--tenant',
    tenant,
    ...times,
    '--out',
    out,
  ];
  const key = ['--sign-key', join(root, 'key.pem')];
  return spawnSync(process.execPath, [...args, ...key, ...more], {
    encoding: 'utf8',
    maxBuffer: 1e9,
    env: { PATH: process.env['PATH'], HOME: root, ...env },
  });
}

describe('with 14,000 entries: ties, copies, a dense second, a stream of another program', () => {
  const tenant = uniqueTenant('export');
  // 6,000 on one nanosecond, more than one answer holds; the others a microsecond or a second apart.
  const entries = [
    ...entriesAt(6_000, () => msToNs(base)),
    ...entriesAt(7_000, (i) => msToNs(base + 1_000) + BigInt(i) * 1_000n),
    ...entriesAt(1_000, (i) => msToNs(base - 1_000_000 + i * 1_000)),
  ];

  // The newest; its stream has no bucket.
  const otherLine = 'a line of another program';

  beforeAll(async () => {
    await store(tenant, entries);
    // Sent again, as if the answer was lost.
    await store(tenant, entries.slice(5_990, 6_100));
    const values = [[String(msToNs(base + 60_000)), otherLine]];
    const { status } = await fetch(`${urls.loki}/loki/api/v1/push`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Scope-OrgID': tenant },
      body: JSON.stringify({ streams: [{ stream: { audit_channel: 'otherLine' }, values }] }),
    });
    expect(status).toBe(204);
    await waitForTrail(stack, tenant, entries.length + 1);
  }, 120_000);

  it.each([
    ['JSON', client],
    ['protobuf', (name: string) => linesClient({ url: urls.gateway, tenant: name, headers: readToken(name) })],
  ])(
    'exports each once, newest first, byte for byte, from %s',
    async (form, clientOf) => {
      const folder = join(root, `exact-${form}`);
      const { rows } = await runExport({ loki: clientOf(tenant), tenant, range, formats: ['ndjson'], folder });
      expect(rows).toBe(entries.length + 1);
      expect(linesOf(join(folder, 'audit-log.ndjson'))).toEqual([otherLine, ...newestFirst(entries)]);
    },
    60_000,
  );

  it('reads the same lines in protobuf as in JSON', async () => {
    const params = { query: '{audit_channel=~".+"} | keep audit_channel', limit: '5000', direction: 'backward' };
    const span = { start: String(msToNs(base + 1)), end: String(range.end) };
    const asked = { ...params, ...span };
    const json = parseLines(await client(tenant).get(LOKI_PATHS.queryRange, asked));
    const fast = parseLines(
      await linesClient({ url: urls.gateway, tenant, headers: readToken(tenant) }).get(LOKI_PATHS.queryRange, asked),
    );
    const sorted = (lines: LokiLine[]) => lines.map(({ ns, line }) => `${ns} ${line}`).sort();
    expect(json).toHaveLength(5_000);
    expect(sorted(fast)).toEqual(sorted(json));
  });

  it('contains everything that existed when it began, once, while late entries arrive', async () => {
    const late = entriesAt(400, (i) => msToNs(base - 900_500 + i * 4_000));
    let asked = 0;
    const loki: LokiClient = {
      async get(...args) {
        const answer = await client(tenant).get(...args);
        if (++asked <= 4) await store(tenant, late.slice((asked - 1) * 100, asked * 100));
        return answer;
      },
    };
    const folder = join(root, 'late');
    await runExport({ loki, tenant, range, formats: ['ndjson'], folder, parallel: 2 });
    const lines = linesOf(join(folder, 'audit-log.ndjson'));
    expect(new Set(lines).size).toBe(lines.length);
    const found = new Set(lines);
    expect(entries.filter((entry) => !found.has(canonicalJson(entry)))).toEqual([]);
    const known = new Set([otherLine, ...newestFirst([...entries, ...late])]);
    expect(lines.filter((line) => !known.has(line))).toEqual([]);
  }, 60_000);
});

describe('the command', () => {
  const tenant = uniqueTenant('export-command');
  const entries = entriesAt(20, (i) => msToNs(base + i));
  const written = { AUDITRAIL_ENDPOINT: urls.collector, AUDITRAIL_WRITE_TOKEN: tokensFor(tenant).write };
  beforeAll(async () => {
    await store(tenant, entries);
    await waitForTrail(stack, tenant, entries.length);
  });

  it('writes the requested entries to standard output, and entries about the export', async () => {
    const manifest = join(root, 'stdout.manifest.json');
    const { stdout, stderr, status } = run(
      tenant,
      '-',
      ['--where', 'action=user.login', 'q=é', '--manifest', manifest],
      written,
    );
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout.split('\n').slice(0, -1)).toEqual(newestFirst(entries));
    expect(JSON.parse(readFileSync(manifest, 'utf8'))).toMatchObject({ rows: 20 });
    // Both are of one chain, which has a beginning and an end.
    const trail = await waitForTrail(stack, tenant, entries.length + 4);
    const own = trail.flatMap(({ entry }) => (entry?.action.startsWith('audit.export.') ? [entry] : []));
    expect(own.map(({ action }) => action).sort()).toEqual(['audit.export.created', 'audit.export.downloaded']);
    expect(new Set(own.map(({ chain }) => chain?.stream)).size).toBe(1);
    expect(new Set(own.map(({ target }) => target?.id)).size).toBe(1);
    const downloaded = own.find(({ action }) => action.endsWith('downloaded'));
    expect(downloadEntryShape(downloaded ?? {})).toEqual(DOWNLOAD_ENTRY_SHAPE);
    expect(downloaded?.properties).toMatchObject({
      rows: 20,
      formats: ['ndjson'],
      filters: [{ field: 'action', operator: 'is', values: ['user.login'] }],
    });
  }, 60_000);

  it('hands nothing out if its entry cannot be written', () => {
    const { stdout, stderr, status } = run(tenant, '-', [], { ...written, AUDITRAIL_ENDPOINT: 'http://127.0.0.1:9' });
    expect({ stdout, status }).toEqual({ stdout: '', status: 5 });
    expect(stderr).toContain('the audit entry of this export cannot be written');
  }, 60_000);

  it.each<[string, number, string[], RegExp]>([
    ['no tokens for entries', 2, [], /an export is itself an entry/],
    ['an unknown format', 2, ['--no-entry', '--format', 'exe'], /there is no format "exe"/],
    ['an unknown column', 2, ['--no-entry', '--format', 'csv', '--columns', 'ip,exe'], /there is no column "exe"/],
    ['an invalid condition', 2, ['--no-entry', '--where', 'x'], /is not a condition/],
    ['an invalid address', 2, ['--no-entry', '--url', 'gateway'], /--url gateway is not an address/],
    ['a name with a path', 2, ['--no-entry', '--name', '../x'], /cannot begin the files' names/],
    ['an empty range', 2, ['--no-entry', '--to', '2d', '--from', '1d'], /the range is empty/],
    ['a wrong token', 3, ['--no-entry', '--token', 'wrong'], /401/],
  ])('ends with its code for %s', (_, code, more, message) => {
    const { status, stderr, stdout } = run(tenant, '-', more);
    expect({ status, stdout }).toEqual({ status: code, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('accepts formats with commas and one by one', () => {
    const folder = join(root, 'formats');
    expect(run(tenant, folder, ['--no-entry', '--format', 'csv', '--format', 'json,cef'])).toMatchObject({ status: 0 });
    expect(readdirSync(folder).sort()).toEqual([
      'audit-log.cef',
      'audit-log.csv',
      'audit-log.json',
      'audit-log.manifest.json',
    ]);
  }, 60_000);

  it('does not overwrite existing files', () => {
    const folder = join(root, 'twice');
    expect(run(tenant, folder, ['--no-entry', '--format', 'csv,json'])).toMatchObject({ status: 0 });
    writeFileSync(join(folder, 'audit-log.csv'), 'mine');
    expect(run(tenant, folder, ['--no-entry', '--format', 'csv,json'])).toMatchObject({ status: 2 });
    expect(readFileSync(join(folder, 'audit-log.csv'), 'utf8')).toBe('mine');
    expect(run(tenant, folder, ['--no-entry', '--format', 'csv,json', '--force'])).toMatchObject({ status: 0 });
  }, 60_000);
});
