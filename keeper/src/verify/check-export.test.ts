import { createHash, generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, completeEntry, formatTime } from '@auditrail/core';
import { type LokiLine } from '@auditrail/core/loki';
import { fakeLoki } from '../testing/fake-loki.ts';
import { verify } from './index.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { runExport } from '../export/run-export.ts';
import { loadSigner, manifestSigner } from '../export/signer.ts';

const root = mkdtempSync(join(tmpdir(), 'auditrail-check-'));
afterAll(() => rmSync(root, { recursive: true }));
const START = 1_795_000_000_000_000_000n;

let prev: string | null = null;
const lines: LokiLine[] = [1, 2, 3, 4, 5].map((seq) => {
  const ns = START + BigInt(seq);
  const id = `019a8f3e-7a10-7000-8000-00000000000${seq}`;
  const stamp = { id, time: formatTime(ns), service: 'shop', chain: { stream: 's', seq, prev } };
  const line = canonicalJson(completeEntry({ action: 'a.b', description: 'Ada', actor: { type: 'user' } }, stamp));
  prev = createHash('sha256').update(line).digest('hex');
  return { ns, line };
});

const { signer } = loadSigner(join(root, 'keys', 'key.pem'));
const publicKey = [`keeper=${join(root, 'keys', 'key.pem.pub')}`];
const whole = join(root, 'whole');
const ndjson = 'audit-log.ndjson';
const manifestName = 'audit-log.manifest.json';
const request = { loki: fakeLoki(lines), tenant: 'audit', range: { start: START, end: START + 10n }, signer };
beforeAll(() => runExport({ ...request, formats: ['ndjson', 'csv'], folder: whole }));

let copies = 0;
function copy(): { folder: string; change: (name: string, by: (text: string) => string) => void } {
  const folder = join(root, `copy${copies++}`);
  cpSync(whole, folder, { recursive: true });
  const change = (name: string, by: (text: string) => string) => {
    const path = join(folder, name);
    const [before, after] = [readFileSync(path, 'utf8'), by(readFileSync(path, 'utf8'))];
    expect(after).not.toBe(before);
    writeFileSync(path, after);
  };
  return { folder, change };
}

async function run(folder: string, options: Partial<Parameters<typeof verify>[0]> = { publicKey }) {
  let text = '';
  const code = await verify({ tenant: 'audit', export: folder, ...options }, (output) => (text += output));
  return { code, text };
}

it('finds nothing in an export as it was written, by its folder or its manifest', async () => {
  for (const path of [whole, join(whole, manifestName)]) {
    const { code, text } = await run(path);
    expect(text).toMatch(/OK: 5 lines[^]*OK: the files match the manifest$/);
    expect(text).not.toContain('FOUND');
    expect(code).toBe(0);
  }
});

it('reports that a signature was not checked without the key', async () => {
  expect(await run(whole, {})).toEqual({
    code: 0,
    text: expect.stringContaining(`signed by the key ${signer.keyId}, which was not given`),
  });
});

const swap = (text: string) => `${text.trimEnd().split('\n').reverse().join('\n')}\n`;
it.each<[string, (made: ReturnType<typeof copy>) => void, RegExp]>([
  [
    'a changed byte',
    ({ change }) => change(ndjson, (text) => text.replace('Ada', 'Eve')),
    /ndjson is not what was written/,
  ],
  [
    'a removed line',
    ({ change }) => change(ndjson, (text) => text.replace(/^.*\n/, '')),
    /ndjson is not what was written/,
  ],
  ['moved lines', ({ change }) => change(ndjson, swap), /ndjson is not what was written/],
  [
    'a changed CSV',
    ({ change }) => change('audit-log.csv', (text) => text.replace('Ada', 'Eve')),
    /csv is not what was written/,
  ],
  ['a swapped file', ({ folder }) => cpSync(join(folder, 'audit-log.csv'), join(folder, ndjson)), /ndjson is not what/],
  [
    'an export without its files',
    ({ folder }) => ['audit-log.csv', ndjson].forEach((name) => rmSync(join(folder, name))),
    /csv is missing, as is any other/,
  ],
  [
    'an altered range',
    ({ change }) => change(manifestName, (text) => text.replace('"from": "2026', '"from": "2025')),
    /signature does not match the manifest/,
  ],
  [
    'an altered query',
    ({ change }) => change(manifestName, (text) => text.replace('"filters": []', '"filters": [{}]')),
    /signature does not match the manifest/,
  ],
  [
    'an added member',
    ({ change }) => change(manifestName, (text) => text.replace('{', '{"note": "approved",')),
    /signature does not match the manifest/,
  ],
  [
    'a removed signature',
    ({ change }) => change(manifestName, (text) => text.replace(/,\s*"signature": \{[^}]*\}/, '')),
    /has no signature/,
  ],
])('finds %s', async (_, tamper, finding) => {
  const made = copy();
  tamper(made);
  const { code, text } = await run(made.folder);
  expect(text).toMatch(finding);
  expect(code).toBe(1);
});

it.each([ndjson, 'audit-log.csv'])(
  'accepts a download of %s alone, whose manifest names the other file too',
  async (only) => {
    const made = copy();
    const other = only === ndjson ? 'audit-log.csv' : ndjson;
    rmSync(join(made.folder, other));
    const { code, text } = await run(made.folder);
    expect(text).toContain(`undecided  ${other} is missing`);
    expect(text).not.toContain('FOUND');
    expect(code).toBe(0);
    made.change(only, (content) => content.replace('Ada', 'Eve'));
    expect(await run(made.folder)).toMatchObject({ code: 1 });
  },
);

it('finds a changed line whose hash was corrected in the manifest, by the signature and by the chain', async () => {
  const made = copy();
  made.change(ndjson, (text) => text.replace('Ada', 'Eve'));
  const sha256 = createHash('sha256')
    .update(readFileSync(join(made.folder, ndjson)))
    .digest('hex');
  made.change(manifestName, (text) => text.replace(/("name": "audit-log.ndjson"[^}]*"sha256": ")[^"]*/, `$1${sha256}`));
  const { code, text } = await run(made.folder);
  expect(text).toMatch(/signature does not match the manifest/);
  expect(text).toMatch(/The chains in the manifest differ from those of the entries|FOUND +changed/);
  expect(code).toBe(1);
});

it('finds an export that was signed by another key, whatever id it claims', async () => {
  const other = manifestSigner(
    String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })),
  );
  for (const [name, by] of [['other', other] as const, ['claimed', { ...other, keyId: signer.keyId }] as const]) {
    const folder = join(root, name);
    await runExport({ ...request, signer: by, formats: ['ndjson'], folder });
    const { code, text } = await run(folder);
    expect(text).toMatch(name === 'other' ? /not by one of the given keys/ : /signature does not match the manifest/);
    expect(code).toBe(1);
  }
});

it('treats a filtered export as a part of its chains, and checks that part', async () => {
  const folder = join(root, 'filtered');
  const query = { filters: [{ field: 'action', operator: 'is', values: ['a.b'] }] } as const;
  await runExport({
    ...request,
    loki: fakeLoki(lines.filter((_, i) => i !== 2)),
    query: { filters: query.filters.map((f) => ({ ...f, values: [...f.values] })) },
    formats: ['ndjson'],
    folder,
  });
  const { code, text } = await run(folder);
  expect(text).toContain('OK: 4 lines, 1 streams, a part of their chains: no problems found in it');
  expect(text).toContain('undecided  Stream s has one gap with 1 entries, which a filter may have left out');
  expect(text).toContain('undecided  The export is filtered: it contains a part of its chains.');
  expect(code).toBe(0);
});

it.each(['/nowhere', root])('refuses %s, which is not an export', async (path) => {
  await expect(run(path)).rejects.toBeInstanceOf(UsageError);
});

it('never reads a file outside of the folder', async () => {
  const made = copy();
  made.change(manifestName, (text) => text.replace('"name": "audit-log.csv"', '"name": "../whole/audit-log.csv"'));
  await expect(run(made.folder)).rejects.toThrow('is not a manifest');
});
