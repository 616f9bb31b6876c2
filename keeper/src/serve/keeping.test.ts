import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mountSmallDisk } from '../../../bench/src/chaos/small-disk.ts';
import { folderStorage, type ExportStorage } from './storage.ts';
import { bearer, CONTENT, fakeEngine, keeperLab } from './testing/keeper-lab.ts';

let lab: Awaited<ReturnType<typeof keeperLab>>;
beforeAll(async () => {
  lab = await keeperLab();
});
afterAll(() => lab.close());
beforeEach(() => lab.reset());
afterEach(() => jest.restoreAllMocks());

const DAY_MS = 24 * 3_600_000;
const filesOf = (id: unknown) => join(lab.folder, 'files', String(id));

async function completed(tenant: string) {
  const headers = bearer(lab.tokenFor(tenant, undefined, Date.now() + 900 * DAY_MS).secret);
  const { id } = (await lab.start(headers)).body;
  expect(await lab.finished(headers, id)).toMatchObject({ status: 'completed' });
  return { headers, id, path: `/v1/exports/${String(id)}` };
}

it('keeps files for 7 days, then deletes them, records it in the log, and deletes the rest 90 days later', async () => {
  const { headers, id, path } = await completed('expiry');
  await lab.restart({ now: () => Date.now() + 7 * DAY_MS - 60_000 });
  expect((await lab.ask(path, headers)).body).toMatchObject({ status: 'completed' });
  expect(existsSync(filesOf(id))).toBe(true);

  await lab.restart({ now: () => Date.now() + 7 * DAY_MS });
  while (!lab.actions().includes('audit.export.expired')) await sleep(20);
  expect(existsSync(filesOf(id))).toBe(false);
  const { body } = await lab.ask(path, headers);
  expect(body).toMatchObject({ status: 'expired', rows: 1 });
  expect(body).not.toHaveProperty('files');
  expect(await lab.ask(`${path}/files/ndjson`, headers)).toMatchObject({ status: 410, body: { code: 'EXPIRED' } });
  // An expired export can be run again.
  expect((await lab.ask(`${path}/rerun`, headers, 'POST')).status).toBe(201);

  await lab.restart({ now: () => Date.now() + 98 * DAY_MS });
  while ((await lab.ask(path, headers)).status !== 404) await sleep(20);
  await lab.restart();
});

it('hands out no expired files between two runs of the cleanup', async () => {
  let ahead = 0;
  await lab.restart({ now: () => Date.now() + ahead });
  const { headers, id, path } = await completed('between');
  ahead = 7 * DAY_MS;
  expect(await lab.ask(`${path}/files/ndjson`, headers)).toMatchObject({ status: 410 });
  const { exports } = (await lab.ask('/v1/exports', headers)).body;
  expect(exports).toMatchObject([{ id, status: 'expired' }]);
  expect(existsSync(filesOf(id))).toBe(true);
  await lab.restart();
});

it('deletes files without an export', async () => {
  const { id } = await completed('orphans');
  const stray = join(lab.folder, 'files', '01930000-0000-7000-8000-00000000dead');
  await lab.stop();
  writeFileSync(stray, 'left over');
  await lab.begin();
  while (existsSync(stray)) await sleep(20);
  expect(existsSync(filesOf(id))).toBe(true);
});

it('never deletes the files of an export that ends while the cleanup lists files', async () => {
  const real = folderStorage(join(lab.folder, 'files'));
  const listing = Promise.withResolvers<void>();
  const may = Promise.withResolvers<void>();
  const storage: ExportStorage = {
    ...real,
    // Like a bucket: slowly, and with files that were added in the meantime.
    async ids() {
      listing.resolve();
      await may.promise;
      return real.ids();
    },
  };
  await lab.restart({ storage });
  await listing.promise;
  const { headers, id, path } = await completed('meanwhile');
  may.resolve();
  // The keeper ends after its cleanup.
  await lab.restart();
  expect(existsSync(filesOf(id))).toBe(true);
  expect((await lab.ask(path, headers)).body).toMatchObject({ status: 'completed' });
});

it('aborts a download if the stored file is not the exported one, and logs it', async () => {
  const { headers, id, path } = await completed('damaged');
  const logged: unknown[] = [];
  await lab.restart({ log: (...line) => void logged.push(line) });
  const prints = jest.spyOn(console, 'error');
  const file = join(filesOf(id), 'audit-log.ndjson');
  const get = async () => (await fetch(`${lab.url}${path}/files/ndjson`, { headers })).arrayBuffer();
  expect((await get()).byteLength).toBeGreaterThan(100);
  // One bit, which neither the length nor the ZIP's checksum reveals.
  writeFileSync(file, CONTENT.replace('1', '3'));
  await expect(get()).rejects.toThrow();
  const reason = expect.stringContaining('SHA-256') as string;
  expect(logged).toContainEqual([
    'error',
    'download aborted',
    { export: id, tenant: 'damaged', format: 'ndjson', reason },
  ]);
  writeFileSync(file, CONTENT);
  expect((await get()).byteLength).toBeGreaterThan(100);
  expect(prints).not.toHaveBeenCalled();
  await lab.restart();
});

it('logs nothing if a client disconnects in the middle of a download, and leaves no file open', async () => {
  const { headers, path } = await completed('away');
  const { engine } = lab.options;
  await lab.restart({
    engine: async (job) => {
      const result = await engine(job);
      const content = randomBytes(20_000_000);
      writeFileSync(join(job.folder, 'audit-log.ndjson'), content);
      const sha256 = createHash('sha256').update(content).digest('hex');
      return { ...result, files: result.files.map((file) => ({ ...file, bytes: content.length, sha256 })) };
    },
  });
  const prints = [jest.spyOn(console, 'error'), jest.spyOn(console, 'info')];
  const again = (await lab.ask(`${path}/rerun`, headers, 'POST')).body;
  expect(await lab.finished(headers, again['id'])).toMatchObject({ status: 'completed' });
  const response = await fetch(`${lab.url}/v1/exports/${String(again['id'])}/files/ndjson`, { headers });
  const reader = response.body?.getReader();
  expect((await reader?.read())?.done).toBe(false);
  await reader?.cancel();
  const openFiles = () =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).endsWith('audit-log.ndjson');
      } catch {
        // Closed after it was listed.
        return false;
      }
    });
  while (openFiles().length > 0) await sleep(20);
  for (const words of prints) expect(words).not.toHaveBeenCalled();
  await lab.restart();
});

it('limits the bytes of all exports together: an export beyond the limit fails with a remedy', async () => {
  const { headers, path } = await completed('bounded');
  await lab.restart({ maxBytes: CONTENT.length });
  const { id } = (await lab.start(headers)).body;
  const failed = await lab.finished(headers, id);
  expect(failed).toMatchObject({ status: 'failed', error: { code: 'STORAGE_LIMIT' } });
  expect(JSON.stringify(failed)).toContain('delete some');
  expect(readdirSync(join(lab.folder, 'work'))).toEqual([]);
  expect((await lab.ask(path, headers)).body).toMatchObject({ status: 'completed' });
  await lab.restart();
});

it('fails with a reason if the disk is full, keeps no partial files, and works again when there is space', async () => {
  const disk = await mountSmallDisk(join(lab.folder, 'small'), 16);
  if (typeof disk === 'string') return void console.warn(disk);
  const small = await keeperLab(join(disk.folder, 'keeper'));
  try {
    const headers = bearer(small.tokenFor('full').secret);
    const chunk = Buffer.alloc(2 ** 20);
    await small.restart({
      engine: async (job) => {
        // Fills the disk that also contains the keeper's own state.
        if (job.job.request.name === 'large') {
          for (let at = 0; at < 64; at++) writeFileSync(join(job.folder, 'audit-log.ndjson'), chunk, { flag: 'a' });
        }
        return fakeEngine(job);
      },
    });
    const { id } = (await small.start(headers, { name: 'large' })).body;
    expect(await small.finished(headers, id)).toMatchObject({ status: 'failed', error: { code: 'EXPORT_UNWRITABLE' } });
    expect(readdirSync(join(small.folder, 'work'))).toEqual([]);
    expect((await small.ask(`/v1/exports/${String(id)}/files/ndjson`, headers)).status).toBe(409);
    const next = (await small.start(headers, { name: 'small' })).body;
    expect(await small.finished(headers, next['id'])).toMatchObject({ status: 'completed' });
  } finally {
    await small.close();
    await disk.unmount();
  }
});
