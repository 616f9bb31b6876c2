import { createReadStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ExportStorage } from './storage.ts';

export interface S3Options {
  bucket: string;
  /** Address of an S3-compatible server. Default: Amazon's. */
  s3Endpoint?: string | undefined;
  s3Region: string;
  /** Default: as Amazon's SDK finds them (environment, profile, instance). */
  s3KeyId?: string | undefined;
  s3Secret?: string | undefined;
}

const PREFIX = 'exports/';
// Four parts of 8 MiB are in memory while a file of any size is uploaded.
const PART_BYTES = 8 * 1024 * 1024;
const PARTS = 4;

/** Keeps exports in an S3-compatible bucket, as `exports/<id>/<file>`. */
export function s3Storage({ bucket: Bucket, s3Endpoint, s3Region, s3KeyId, s3Secret }: S3Options): ExportStorage {
  // Loaded only if a bucket is used: it is large.
  const loaded = Promise.all([import('@aws-sdk/client-s3'), import('@aws-sdk/lib-storage')]).then(
    ([s3, { Upload }]) => {
      const credentials = s3KeyId && s3Secret ? { accessKeyId: s3KeyId, secretAccessKey: s3Secret } : undefined;
      const client = new s3.S3Client({
        region: s3Region,
        ...(s3Endpoint && { endpoint: s3Endpoint, forcePathStyle: true }),
        ...(credentials && { credentials }),
      });
      return { s3, Upload, client };
    },
  );
  // Thrown by the first operation.
  loaded.catch(() => undefined);

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
          await new Upload({ client, params, partSize: PART_BYTES, queueSize: PARTS }).done();
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
