import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { loadS3 } from '../serve/s3-client.ts';
import { s3Server } from '../serve/testing/s3-server.ts';
import { s3Archive, type LockMode } from './s3-archive.ts';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-s3-archive-'));
const file = join(folder, 'file');
let server: Awaited<ReturnType<typeof s3Server>>;
const archiveOf = (bucket: string, lock?: LockMode) => s3Archive({ ...server.connection, bucket, prefix: 'a/b', lock });

beforeAll(async () => {
  server = await s3Server(folder);
  writeFileSync(file, 'content');
  const { s3, client } = await loadS3(server.connection);
  await client.send(new s3.CreateBucketCommand({ Bucket: 'locked', ObjectLockEnabledForBucket: true }));
}, 900_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

async function keysIn(archive: ReturnType<typeof archiveOf>): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of archive.list('x/')) keys.push(key);
  return keys;
}

it('stores, lists, returns and removes objects under its prefix', async () => {
  const archive = archiveOf('audit');
  expect(archive.address).toBe('s3://audit/a/b/');
  await archive.put('x/1', file, { keepUntilMs: 0 });
  await archive.put('x/1', file, { keepUntilMs: 0 });
  await archive.put('x/2', file, { keepUntilMs: 0, isNew: true });
  await archive.put('y', file, { keepUntilMs: 0 });
  await expect(archive.put('x/2', file, { keepUntilMs: 0, isNew: true })).rejects.toThrow();
  expect(await keysIn(archive)).toEqual(['x/1', 'x/2']);
  expect(await text(await archive.read('x/2'))).toBe('content');
  await expect(archive.read('x/3')).rejects.toThrow();
  expect(await archive.remove('x/1')).toBe('removed');
  expect(await archive.remove('x/1')).toBe('removed');
  expect(await keysIn(archive)).toEqual(['x/2']);
});

it.each(['governance', 'compliance'] as const)(
  'has the bucket protect objects (%s), and reports that it does',
  async (lock) => {
    const archive = archiveOf('locked', lock);
    const key = `x/${lock}`;
    await archive.put(key, file, { keepUntilMs: Date.now() + 60_000 });
    const { s3, client } = await loadS3(server.connection);
    const Key = `a/b/${key}`;
    const { ObjectLockMode, VersionId } = await client.send(new s3.HeadObjectCommand({ Bucket: 'locked', Key }));
    expect(ObjectLockMode).toBe(lock.toUpperCase());
    expect(await archive.remove(key)).toBe('protected');
    await expect(client.send(new s3.DeleteObjectCommand({ Bucket: 'locked', Key, VersionId }))).rejects.toThrow();
    expect(await text(await archive.read(key))).toBe('content');
  },
);

it('removes every version when the protection is over', async () => {
  const archive = archiveOf('locked', 'compliance');
  await archive.put('x/over', file, { keepUntilMs: Date.now() + 1_500 });
  await archive.put('x/over', file, { keepUntilMs: Date.now() + 1_500 });
  while ((await archive.remove('x/over')) === 'protected') await new Promise((resolve) => setTimeout(resolve, 200));
  const { s3, client } = await loadS3(server.connection);
  const { Versions, DeleteMarkers } = await client.send(
    new s3.ListObjectVersionsCommand({ Bucket: 'locked', Prefix: 'a/b/x/over' }),
  );
  expect([Versions ?? [], DeleteMarkers ?? []]).toEqual([[], []]);
});

it('fails if the bucket cannot protect objects, although it should', async () => {
  await expect(
    archiveOf('audit', 'compliance').put('x/4', file, { keepUntilMs: Date.now() + 60_000 }),
  ).rejects.toThrow();
});
