import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditError, canonicalJson, completeEntry, formatTime } from '@auditrail/core';
import { type LokiLine } from '@auditrail/core/loki';
import { fakeLoki } from '../testing/fake-loki.ts';
import type { ExportOptions } from './export-options.ts';
import { runExport } from './run-export.ts';

const root = mkdtempSync(join(tmpdir(), 'auditrail-export-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = () => join(root, String(folders++));

const START = 1_795_000_000_000_000_000n;
const STEP = 1_000_000_000n;

function trail(count: number): LokiLine[] {
  let prev: string | null = null;
  return Array.from({ length: count }, (_, i) => {
    const ns = START + BigInt(i) * STEP;
    const id = `019a8f3e-7a10-7000-8000-${i.toString(16).padStart(12, '0')}`;
    const stamp = { id, time: formatTime(ns), service: 'shop', chain: { stream: 's', seq: i + 1, prev } };
    const entry = completeEntry({ action: 'user.login', description: 'Ada "é" \\ 1', actor: { type: 'user' } }, stamp);
    const line = canonicalJson(entry);
    prev = createHash('sha256').update(line).digest('hex');
    return { ns, line };
  });
}
const lines = trail(12_000);
const options = (more: Partial<ExportOptions> = {}): ExportOptions => ({
  loki: fakeLoki(lines),
  tenant: 'audit',
  range: { start: START, end: START + 12_000n * STEP },
  formats: ['ndjson', 'json', 'csv'],
  folder: newFolder(),
  ...more,
});
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

it('writes every format, newest first, and describes them in the manifest', async () => {
  const asked = options();
  const shares: number[] = [];
  const { rows, files, manifest, manifestName } = await runExport({
    ...asked,
    onProgress: (p) => shares.push(p.share),
  });
  expect(rows).toBe(12_000);
  expect(readdirSync(asked.folder).sort()).toEqual([
    'audit-log.csv',
    'audit-log.json',
    'audit-log.manifest.json',
    'audit-log.ndjson',
  ]);
  const text = readFileSync(join(asked.folder, 'audit-log.ndjson'), 'utf8');
  expect(text).toBe(
    lines
      .map(({ line }) => `${line}\n`)
      .reverse()
      .join(''),
  );
  const { entries } = JSON.parse(readFileSync(join(asked.folder, 'audit-log.json'), 'utf8')) as { entries: unknown[] };
  expect(entries).toHaveLength(12_000);
  for (const { name, bytes, sha256: sum } of files) {
    expect({ bytes, sum }).toEqual({
      bytes: statSync(join(asked.folder, name)).size,
      sum: sha256(join(asked.folder, name)),
    });
    expect(statSync(join(asked.folder, name)).mode & 0o777).toBe(0o600);
  }
  expect(JSON.parse(readFileSync(join(asked.folder, manifestName), 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(manifest)),
  );
  expect(manifest).toMatchObject({
    rows: 12_000,
    range: { from: formatTime(START) },
    chains: [{ stream: 's', firstSeq: 1, lastSeq: 12_000, entries: 12_000 }],
  });
  expect(shares.at(-1)).toBe(1);
});

it('continues after a failure, to the same bytes', async () => {
  const asked = options({ patienceMs: 0 });
  const loki = fakeLoki(lines);
  loki.before = () => {
    if (loki.requests.length > 3) throw new AuditError('LOKI_UNREACHABLE', 'gone');
  };
  await expect(runExport({ ...asked, loki })).rejects.toMatchObject({ code: 'LOKI_UNREACHABLE' });
  expect(readdirSync(asked.folder).filter((name) => !/\.partial$|^export-state/.test(name))).toEqual([]);
  await expect(runExport(asked)).rejects.toMatchObject({ code: 'EXPORT_CONFLICT' });
  const other = { ...asked, range: { ...asked.range, start: START + 1n }, existing: 'resume' as const };
  await expect(runExport(other)).rejects.toMatchObject({ code: 'EXPORT_CONFLICT' });
  const { files } = await runExport({ ...asked, existing: 'resume' });
  const whole = await runExport(options({ formats: ['ndjson', 'csv'] }));
  const sums = Object.fromEntries(whole.files.map(({ format, sha256 }) => [format, sha256]));
  expect(files.find(({ format }) => format === 'ndjson')?.sha256).toBe(sums['ndjson']);
  expect(files.find(({ format }) => format === 'csv')?.sha256).toBe(sums['csv']);
  expect(existsSync(join(asked.folder, 'export-state.json'))).toBe(false);
});

it('stops at the signal', async () => {
  const asked = options();
  const stop = new AbortController();
  const loki = fakeLoki(lines);
  loki.before = () => stop.abort(new Error('enough'));
  await expect(runExport({ ...asked, loki, signal: stop.signal })).rejects.toThrow('enough');
  expect(readdirSync(asked.folder)).not.toContain('audit-log.ndjson');
});

it.each<[string, Partial<ExportOptions>, string]>([
  ['an empty range', { range: { start: 5n, end: 5n } }, 'EXPORT_INVALID'],
  ['two years', { range: { start: 0n, end: 730n * 86_400n * STEP } }, 'EXPORT_INVALID'],
  ['a range before 1970', { range: { start: -5n, end: 5n } }, 'EXPORT_INVALID'],
  ['a range after 2262', { range: { start: 2n ** 63n - 5n, end: 2n ** 63n } }, 'EXPORT_INVALID'],
  ['a name that leads out of the folder', { name: '../evil' }, 'EXPORT_INVALID'],
  ['a name that verify would not accept', { name: 'a\\b' }, 'EXPORT_INVALID'],
  ['an empty name', { name: '' }, 'EXPORT_INVALID'],
  ['a name that no file system accepts', { name: '監'.repeat(67) }, 'EXPORT_INVALID'],
  ['no format', { formats: [] }, 'EXPORT_INVALID'],
  ['a format twice', { formats: ['csv', 'csv'] }, 'EXPORT_INVALID'],
  ['an impossible folder', { folder: '/dev/null/export' }, 'EXPORT_UNWRITABLE'],
])('refuses %s', async (_, more, code) => {
  await expect(runExport(options(more))).rejects.toMatchObject({ code });
});

it('accepts the longest name, with every extension', async () => {
  const name = `${'監'.repeat(66)}ab`;
  const { files } = await runExport(options({ name, formats: ['ndjson', 'ocsf'] }));
  expect(files.map((file) => file.name)).toEqual([`${name}.ndjson`, `${name}.ocsf.ndjson`]);
});

it('does not overwrite an existing file, unless told to', async () => {
  const asked = options({ formats: ['ndjson'] });
  await runExport(asked);
  await expect(runExport(asked)).rejects.toMatchObject({ code: 'EXPORT_CONFLICT' });
  await runExport({ ...asked, existing: 'restart' });
});

it('has a repetition once except in NDJSON, and all entries that claim one id, which it lists', async () => {
  const parsed = lines.slice(0, 10).map(({ line }) => JSON.parse(line) as Record<string, unknown>);
  const again = { ...parsed[3], chain: { stream: 't', seq: 1, prev: null } };
  const forged = { ...parsed[5], description: 'forged' };
  const far = { ...parsed[7], description: 'copy', time: formatTime(START + 900n * STEP) };
  const asked = options({
    loki: fakeLoki([
      ...lines.slice(0, 10),
      ...lines.slice(0, 2),
      { ns: START + 3n * STEP, line: canonicalJson(again) },
      { ns: START + 5n * STEP, line: canonicalJson(forged) },
      { ns: START + 900n * STEP, line: canonicalJson(far) },
    ]),
  });
  const { manifest } = await runExport(asked);
  expect(manifest).toMatchObject({
    rows: 13,
    duplicates: 2,
    repetitions: 1,
    sharedIds: { count: 2, ids: expect.arrayContaining([parsed[5]?.['id'], parsed[7]?.['id']]) as string[] },
    files: [
      { format: 'ndjson', rows: 13 },
      { format: 'json', rows: 12 },
      { format: 'csv', rows: 12 },
    ],
  });
  const { entries } = JSON.parse(readFileSync(join(asked.folder, 'audit-log.json'), 'utf8')) as { entries: unknown[] };
  expect(entries).toHaveLength(12);
  expect(readFileSync(join(asked.folder, 'audit-log.ndjson'), 'utf8').trim().split('\n')).toHaveLength(13);
});
