import { createReadStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { loadS3, UPLOAD, type S3Connection } from './s3-client.ts';
import type { ExportStorage } from './storage.ts';

export interface S3Options extends S3Connection {
  bucket: string;
}

const PREFIX = 'exports/';

/** Keeps exports in an S3-compatible bucket, as `exports/<id>/<file>`. */
export function s3Storage({ bucket: Bucket, ...connection }: S3Options): ExportStorage {
  const loaded = loadS3(connection);

  async function keysOf(prefix: string): Promise<string[]> {
    const { s3, client } = await loaded;
    const keys: string[] = [];
    for await (const page of s3.paginateListObjectsV2({ client }, { Bucket, Prefix: prefix })) {
      keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
    }
    return keys;
  }

  async function remove(id: string): Promise<void> {
    const { s3, client } = await loaded;
    for (const Key of await keysOf(`${PREFIX}${id}/`)) {
      await client.send(new s3.DeleteObjectCommand({ Bucket, Key }));
    }
  }

  return {
    async keep(id, folder) {
      const { Upload, client } = await loaded;
      try {
        for (const name of await readdir(folder)) {
          const params = { Bucket, Key: `${PREFIX}${id}/${name}`, Body: createReadStream(join(folder, name)) };
          await new Upload({ client, params, ...UPLOAD }).done();
        }
      } catch (error) {
        await remove(id).catch(() => undefined);
        throw error;
      }
      await rm(folder, { recursive: true, force: true });
    },
    async read(id, name) {
      const { s3, client } = await loaded;
      const { Body } = await client.send(new s3.GetObjectCommand({ Bucket, Key: `${PREFIX}${id}/${name}` }));
      if (!(Body instanceof Readable)) throw new Error(`the bucket returned no content for ${name}`);
      return Body;
    },
    remove,
    async ids() {
      const keys = await keysOf(PREFIX);
      return [...new Set(keys.flatMap((key) => key.slice(PREFIX.length).split('/')[0] ?? []))];
    },
  };
}
