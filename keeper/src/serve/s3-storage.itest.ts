import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { s3Storage } from './s3-storage.ts';
import type { ExportStorage } from './storage.ts';
import { bearer, CONTENT, keeperLab } from './testing/keeper-lab.ts';
import { s3Server } from './testing/s3-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-s3-'));
const objects = join(folder, 'buckets/audit/exports');
let server: Awaited<ReturnType<typeof s3Server>>;
let storage: ExportStorage;
let lab: Awaited<ReturnType<typeof keeperLab>>;

beforeAll(async () => {
  server = await s3Server(folder);
  storage = s3Storage({ bucket: 'audit', ...server.connection });
  lab = await keeperLab();
  await lab.restart({ storage });
}, 900_000);
afterAll(async () => {
  await lab.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);
beforeEach(() => lab.reset());

const stored = () => (existsSync(objects) ? readdirSync(objects) : []);

it('keeps an export in the bucket, hands it out, and deletes it permanently', async () => {
  const headers = bearer(lab.tokenFor('bucket').secret);
  const { id } = (await lab.start(headers)).body;
  expect(await lab.finished(headers, id)).toMatchObject({ status: 'completed' });
  expect(readdirSync(join(objects, String(id))).sort()).toEqual(['audit-log.manifest.json', 'audit-log.ndjson']);
  expect(readdirSync(join(lab.folder, 'work'))).toEqual([]);
  const path = `/v1/exports/${String(id)}`;
  const get = async () => Buffer.from(await (await fetch(`${lab.url}${path}/files/ndjson`, { headers })).arrayBuffer());
  expect((await get()).subarray(0, 4).toString('latin1')).toBe('PK\x03\x04');

  writeFileSync(join(objects, String(id), 'audit-log.ndjson'), CONTENT.replace('1', '3'));
  await expect(get()).rejects.toThrow('terminated');

  expect((await lab.ask(path, headers, 'DELETE')).status).toBe(204);
  expect(stored()).toEqual([]);
  expect(await storage.ids()).toEqual([]);
}, 60_000);

it('deletes expired files, and files without an export, from the bucket', async () => {
  const headers = bearer(lab.tokenFor('bucket', undefined, Date.now() + 30 * 24 * 3_600_000).secret);
  const { id } = (await lab.start(headers)).body;
  await lab.finished(headers, id);
  const stray = join(folder, 'stray');
  mkdirSync(stray);
  writeFileSync(join(stray, 'left.over'), 'x');
  await storage.keep('01930000-0000-7000-8000-00000000dead', stray);
  expect((await storage.ids()).sort()).toEqual(['01930000-0000-7000-8000-00000000dead', id]);
  await lab.restart({ storage, now: () => Date.now() + 7 * 24 * 3_600_000 });
  while (stored().length > 0) await sleep(50);
  while (!lab.actions().includes('audit.export.expired')) await sleep(50);
  await lab.restart({ storage });
}, 60_000);

it('stores a file of several parts completely', async () => {
  const large = join(folder, 'large');
  mkdirSync(large);
  const content = Buffer.alloc(20_000_000, 'audit');
  writeFileSync(join(large, 'audit-log.ndjson'), content);
  await storage.keep('01930000-0000-7000-8000-0000000000aa', large);
  expect(existsSync(large)).toBe(false);
  const parts: Buffer[] = [];
  for await (const part of Readable.from(
    await storage.read('01930000-0000-7000-8000-0000000000aa', 'audit-log.ndjson'),
  ))
    parts.push(part as Buffer);
  expect(Buffer.concat(parts).equals(content)).toBe(true);
  await storage.remove('01930000-0000-7000-8000-0000000000aa');
  expect(await storage.ids()).toEqual([]);
}, 60_000);

it('fails with a reason if the bucket is unavailable, and leaves no partial files', async () => {
  const headers = bearer(lab.tokenFor('bucket').secret);
  await server.stop();
  const { id } = (await lab.start(headers)).body;
  const failed = await lab.finished(headers, id);
  expect(failed).toMatchObject({ status: 'failed' });
  expect(JSON.stringify(failed['error'])).toContain('ECONNREFUSED');
  expect(readdirSync(join(lab.folder, 'work'))).toEqual([]);
  await server.start();
  const again = (await lab.ask(`/v1/exports/${String(id)}/rerun`, headers, 'POST')).body;
  expect(await lab.finished(headers, again['id'])).toMatchObject({ status: 'completed' });
}, 60_000);
