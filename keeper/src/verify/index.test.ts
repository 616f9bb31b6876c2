import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, completeEntry, formatTime } from '@auditrail/core';
import { verify, type VerifyCommandOptions } from './index.ts';
import { UsageError } from '../terminal/usage-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-verify-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

let prev: string | null = null;
const lines = [1, 2, 3, 4].map((seq) => {
  const stamp = {
    id: `019a8f3e-7a10-7000-8000-00000000000${seq}`,
    time: formatTime(1_795_000_000_000_000_000n + BigInt(seq)),
    service: 'shop\u001b[2J',
    chain: { stream: 's', seq, prev },
  };
  // U+2028 ends a line for some programs; it is data here.
  const description = 'Ada\u2028signed in';
  const line = canonicalJson(completeEntry({ action: 'user.login', description, actor: { type: 'user' } }, stamp));
  prev = createHash('sha256').update(line).digest('hex');
  return line;
});
const good = file('good.ndjson', `${lines.join('\r\n')}\n\n`);
const bad = file('bad.ndjson', lines.map((line, i) => (i === 1 ? line.replace('Ada', 'Eve') : line)).join('\n'));

async function run(options: Partial<VerifyCommandOptions>) {
  let text = '';
  const code = await verify({ tenant: 'audit', ...options }, (output) => (text += output));
  return { code, text };
}

it('finds nothing in a good file, and reports what is undecided', async () => {
  const { code, text } = await run({ file: good });
  expect(text).toMatch(/^stream +service +entries/);
  expect(text).toMatch(/\ns +shop \[2J +4 +1-4 .* start +open +-\n/);
  expect(text).toContain('undecided  Stream s has no end after entry 4');
  expect(text).toMatch(/OK: 4 lines, 1 streams, no problems found$/);
  expect(text).not.toContain('\u001b');
  expect(code).toBe(0);
});

it('reports problems of a changed file, for people and as JSON', async () => {
  const { code, text } = await run({ file: bad });
  expect(code).toBe(1);
  expect(text).toContain('FOUND      changed: Stream s: entry 2 is not what was written');
  expect(text).toContain('(019a8f3e-7a10-7000-8000-000000000002, 2026-');
  const { text: json } = await run({ file: bad, json: true });
  expect(JSON.parse(json)).toMatchObject({ ok: false, findings: [{ kind: 'changed', stream: 's', seq: 2 }] });
});

it('reports a missing end if complete streams are expected', async () => {
  expect(await run({ file: good, complete: true })).toMatchObject({ code: 1 });
});

it('expects keyed streams if a key is given', async () => {
  const key = [`k=${file('k.secret', 'a secret of thirty-two bytes or more\n')}`];
  expect(await run({ file: good, key })).toEqual({ code: 1, text: expect.stringContaining('have no key') });
  expect(await run({ file: good, key, allowUnkeyed: true })).toMatchObject({ code: 0 });
});

it('treats a filtered file as a part of a chain, by its name or --partial', async () => {
  const part = [lines[0], lines[3]].join('\n');
  const [plain, named] = [file('part.ndjson', part), file('audit-log-filtered.ndjson', part)];
  const hint = 'If the file was filtered (one person, one channel), verify it with --partial';
  expect(await run({ file: plain })).toEqual({ code: 1, text: expect.stringContaining(hint) });
  const ok = {
    code: 0,
    text: expect.stringMatching(/gap with 2 entries[^]*OK: 2 lines, 1 streams, a part of their chains/),
  };
  expect(await run({ file: plain, partial: true })).toEqual(ok);
  expect(await run({ file: named })).toEqual(ok);
  expect(await run({ file: named, complete: true })).toMatchObject({ code: 1 });
  const wrong = file('wrong-filtered.ndjson', [lines[0]?.replace('Ada', 'Eve'), lines[1], lines[3]].join('\n'));
  expect(await run({ file: wrong })).toEqual({ code: 1, text: expect.stringContaining('FOUND      changed') });
  await expect(run({ file: plain, partial: true, complete: true })).rejects.toThrow('exclude each other');
});

it('ends with 2 if nothing was verified', async () => {
  const nothing = { code: 2, text: 'NOTHING VERIFIED: there are no entries' };
  for (const text of ['', '\n\r\n \n']) {
    const empty = file('empty.ndjson', text);
    expect(await run({ file: empty })).toEqual(nothing);
    expect(await run({ file: empty, complete: true })).toEqual(nothing);
  }
});

it('reports missing chains if they are expected, and otherwise that nothing was verified', async () => {
  const bare = lines.map((line) => canonicalJson({ ...(JSON.parse(line) as object), chain: undefined }));
  const stripped = file('stripped.ndjson', bare.join('\n'));
  const key = [`k=${file('k.secret', 'a secret of thirty-two bytes or more\n')}`];
  for (const options of [{ complete: true }, { key }, { complete: true, key }]) {
    const { code, text } = await run({ file: stripped, ...options });
    expect(text).toContain('FOUND      unchained: 4 entries are in no chain, of service shop [2J');
    expect(code).toBe(1);
  }
  const nothing = {
    code: 2,
    text: expect.stringMatching(/NOTHING VERIFIED: 4 lines, 0 streams, no entry is in a chain$/),
  };
  expect(await run({ file: stripped })).toEqual(nothing);
  expect(await run({ file: stripped, complete: true, allowUnchained: true })).toEqual(nothing);
});

it.each<[string, Partial<VerifyCommandOptions>, string]>([
  ['nothing', {}, 'nothing to verify'],
  ['a file and times', { file: good, from: '1d' }, '--from and --to go with --url'],
  ['no time', { url: 'http://127.0.0.1:9', from: 'soon' }, 'soon is not a time'],
  ['an empty range', { url: 'http://127.0.0.1:9', from: '1h', to: '2h' }, 'the range is empty'],
  ['a key without a file', { file: good, key: ['k'] }, 'give ID=FILE'],
  ['a key whose file is missing', { file: good, publicKey: ['k=/nowhere'] }, "the key's file cannot be read"],
])('refuses %s', async (_, options, message) => {
  const refused = run(options);
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.toBeInstanceOf(UsageError);
});

describe('the command', () => {
  const cli = join(__dirname, '../cli.ts');
  const args = ['--conditions=@auditrail/source', '--disable-warning=ExperimentalWarning', cli, 'verify'];

  it('reads standard input', () => {
    const out = execFileSync(process.execPath, [...args, '--file', '-'], { input: lines.join('\n'), encoding: 'utf8' });
    expect(out).toContain('OK: 4 lines');
  });

  it.each([
    [1, ['--file', bad]],
    [2, ['--file', '/nowhere']],
    [2, ['--nonsense']],
    [2, ['--file', good, '--url', 'http://127.0.0.1:9']],
    [2, ['--url', 'http://127.0.0.1:9']],
    [0, ['--help']],
  ])('ends with %i for %j', (code, more) => {
    expect(spawnSync(process.execPath, [...args, ...more], { encoding: 'utf8' }).status).toBe(code);
  });
});
