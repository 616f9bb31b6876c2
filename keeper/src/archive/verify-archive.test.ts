import { copyFileSync, cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Duck } from '../days/duck.ts';
import { loadSigner } from '../export/index.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { signedManifest, type DayManifest } from './day-manifest.ts';
import { archiveLab, DAY_MS, emitter, FIRST_MS } from './testing/archive-lab.ts';
import { verifyArchive, type VerifyArchiveOptions } from './verify-archive.ts';

const TENANT = 'audit';
const DAYS = 6;
let lab: Awaited<ReturnType<typeof archiveLab>>;

beforeAll(async () => {
  lab = await archiveLab();
  const [one, two] = [emitter('one'), emitter('two')];
  const records = Array.from({ length: DAYS * 24 }, (_, hour) => {
    const at = FIRST_MS + hour * 3_600_000;
    return [one(at), two(at + 60_000), one(at + 120_000)];
  });
  lab.nowMs = FIRST_MS + (DAYS + 1) * DAY_MS;
  await lab.add(TENANT, records.flat());
  await lab.archiver().runOnce();
  expect(lab.errors()).toEqual([]);
  cpSync(lab.archive, untouched(), { recursive: true });
});
afterAll(() => lab.close());

const untouched = () => join(lab.root, 'untouched');
beforeEach(() => {
  rmSync(lab.archive, { recursive: true });
  cpSync(untouched(), lab.archive, { recursive: true });
});

async function run(options: Partial<VerifyArchiveOptions> = {}) {
  let text = '';
  const code = await verifyArchive(
    { tenant: TENANT, archive: lab.archive, s3Region: 'us-east-1', publicKey: [lab.publicKey], ...options },
    (output) => (text += output),
  );
  return { code, text };
}

const path = (day: string, name: string) => lab.path(TENANT, day, name);
const MANIFEST = '_entries.1.manifest.json';
const readManifest = (day: string) => JSON.parse(readFileSync(path(day, MANIFEST), 'utf8')) as DayManifest;

it('finds nothing in an archive that was not touched, in ranges of it and without a key', async () => {
  const { code, text } = await run();
  expect(text).toContain(`archive of tenant audit: ${DAYS} days, 2026-10-01 to 2026-10-06, ${DAYS * 72} entries`);
  expect(text).toMatch(/OK: 432 lines, 2 streams, no problems found\n\n/);
  expect(text).toMatch(/OK: the days match their manifests$/);
  expect(code).toBe(0);
  const part = await run({ from: '2026-10-02', to: '2026-10-03', json: true });
  expect(part.code).toBe(0);
  expect(JSON.parse(part.text)).toMatchObject({
    ok: true,
    lines: 144,
    archive: { days: [{ day: '2026-10-02', revision: 1, entries: 72 }, { day: '2026-10-03' }], findings: [] },
  });
  const keyless = await run({ publicKey: [] });
  expect(keyless.code).toBe(0);
  expect(keyless.text).toContain(
    `undecided  The manifest is signed by the key ${lab.signer.keyId}, which was not given`,
  );
});

it.each([
  [
    'a changed byte',
    (file: string) => {
      const bytes = readFileSync(file);
      bytes.writeUInt8(bytes.readUInt8(200) ^ 1, 200);
      writeFileSync(file, bytes);
    },
  ],
  ['a cut file', (file: string) => truncateSync(file, 1_000)],
  ['another day in its place', (file: string) => copyFileSync(file.replace('-04', '-05'), file)],
  ['no file', (file: string) => rmSync(file)],
])('names the day with %s', async (_, change) => {
  change(path('2026-10-04', 'entries.1.parquet'));
  const { code, text } = await run();
  expect(code).toBe(1);
  expect(text).toMatch(
    /FOUND {6}2026-10-04: tenant=audit\/day=2026-10-04\/entries\.1\.parquet (?:is not what was written|cannot be read)/,
  );
  expect(text).toMatch(/NOT OK: \d+ findings about 1 days$/);
});

async function rewrite(day: string, change: string): Promise<void> {
  const duck = await Duck.open({ folder: join(lab.root, 'duck') });
  const file = path(day, 'entries.1.parquet');
  const changed = join(lab.root, 'changed.parquet');
  await duck.run(`COPY (SELECT * REPLACE (${change}) FROM '${file}') TO '${changed}' (FORMAT parquet)`);
  await duck.close();
  copyFileSync(changed, file);
}

it('names the day and the entry if lines were rewritten, and the manifest with them', async () => {
  const eve = "replace(line, 'entry 61 of', 'entry 6l of')";
  await rewrite('2026-10-02', `${eve} AS line, sha256(${eve}) AS line_sha256`);
  const manifest = readManifest('2026-10-02');
  const bytes = readFileSync(path('2026-10-02', 'entries.1.parquet'));
  manifest.file = { ...manifest.file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  writeFileSync(path('2026-10-02', MANIFEST), JSON.stringify(manifest));
  const { code, text } = await run();
  expect(code).toBe(1);
  expect(text).toContain('FOUND      2026-10-02: The signature does not match the manifest');
  expect(text).toContain('FOUND      2026-10-02: The lines or chains in the manifest differ from those of the entries');
  expect(text).toContain('FOUND      changed: Stream one: entry 61 is not what was written');
});

it('names a manifest that another key signed, that was changed, or that is of another tenant', async () => {
  const forger = loadSigner(join(lab.root, 'forger.pem')).signer;
  writeFileSync(path('2026-10-03', MANIFEST), signedManifest(readManifest('2026-10-03'), forger));
  writeFileSync(
    path('2026-10-04', MANIFEST),
    JSON.stringify({ ...readManifest('2026-10-04'), keepUntil: '2026-12-01T00:00:00Z' }),
  );
  writeFileSync(path('2026-10-05', MANIFEST), JSON.stringify({ ...readManifest('2026-10-05'), tenant: 'other' }));
  writeFileSync(path('2026-10-06', MANIFEST), '{}');
  const { code, text } = await run();
  expect(code).toBe(1);
  expect(text).toContain(
    `FOUND      2026-10-03: The manifest is signed by the key ${forger.keyId}, not by one of the given`,
  );
  expect(text).toContain('FOUND      2026-10-04: The signature does not match the manifest');
  expect(text).toMatch(/FOUND {6}2026-10-05: .* is the manifest of tenant other/);
  expect(text).toMatch(/FOUND {6}2026-10-06: .* is not a manifest of an archived day/);
});

it('names missing days that the chains show, and no day without entries', async () => {
  for (const day of ['2026-10-02', '2026-10-03'])
    rmSync(join(lab.archive, 'tenant=audit', `day=${day}`), { recursive: true });
  const { code, text } = await run();
  expect(code).toBe(1);
  expect(text).toContain(
    'FOUND      2026-10-02: 2026-10-02 to 2026-10-03 is missing from the archive: entries 49 to 144 of stream one, and those of 1 more streams, are not there.',
  );
  expect(text).toContain('FOUND      missing: Stream one: entries 49 to 144 are missing');
});

it('checks that each revision names the manifest of the one before', async () => {
  const late = emitter('late');
  await lab.add(TENANT, [late(FIRST_MS)]);
  await lab.archiver().runOnce();
  const good = await run();
  expect(good.code).toBe(0);
  expect(good.text).toContain(`${DAYS * 72 + 1} entries`);
  writeFileSync(path('2026-10-01', MANIFEST), readFileSync(path('2026-10-01', MANIFEST), 'utf8').trimEnd());
  const { code, text } = await run();
  expect(code).toBe(1);
  expect(text).toContain('FOUND      2026-10-01: Revision 2 names another manifest of revision 1 than there is.');
});

it('verifies nothing if there are no days, and reports it', async () => {
  const { code, text } = await run({ tenant: 'other' });
  expect(text).toMatch(/NOTHING VERIFIED: there are no archived days$/);
  expect(code).toBe(2);
  await expect(run({ archive: 'ftp://x' })).rejects.toThrow(UsageError);
});
