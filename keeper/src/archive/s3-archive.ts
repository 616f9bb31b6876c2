import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { loadS3, UPLOAD, type S3Connection } from '../serve/s3-client.ts';
import type { ArchiveStore } from './archive-store.ts';

/** How the bucket protects what it holds: only in `governance`, people with a permission of their own can end it. */
export type LockMode = 'compliance' | 'governance';

export interface S3ArchiveOptions extends S3Connection {
  bucket: string;
  /** Without a slash at its beginning or end; can be empty. */
  prefix: string;
  /** Default: none. The bucket must have object lock. */
  lock?: LockMode | undefined;
}

/** An archive in an S3-compatible bucket. */
export function s3Archive({ bucket: Bucket, prefix, lock, ...connection }: S3ArchiveOptions): ArchiveStore {
  const loaded = loadS3(connection);
  const base = prefix === '' ? '' : `${prefix}/`;

  return {
    address: `s3://${Bucket}/${base}`,
    async put(key, file, { keepUntilMs, isNew = false }) {
      const { Upload, client } = await loaded;
      const params = {
        ...{ Bucket, Key: base + key, Body: createReadStream(file) },
        ...(isNew && { IfNoneMatch: '*' }),
        ...(lock && {
          ObjectLockMode: lock === 'compliance' ? ('COMPLIANCE' as const) : ('GOVERNANCE' as const),
          ObjectLockRetainUntilDate: new Date(keepUntilMs),
        }),
      };
      await new Upload({ client, params, ...UPLOAD }).done();
    },
    async read(key) {
      const { s3, client } = await loaded;
      const { Body } = await client.send(new s3.GetObjectCommand({ Bucket, Key: base + key }));
      if (!(Body instanceof Readable)) throw new Error(`the bucket returned no content for ${key}`);
      return Body;
    },
    async *list(of) {
      const { s3, client } = await loaded;
      for await (const page of s3.paginateListObjectsV2({ client }, { Bucket, Prefix: base + of })) {
        for (const { Key = '' } of page.Contents ?? []) yield Key.slice(base.length);
      }
    },
    async remove(key) {
      const { s3, client } = await loaded;
      const Key = base + key;
      const head = await client.send(new s3.HeadObjectCommand({ Bucket, Key })).catch((error: unknown) => {
        if (error instanceof s3.NotFound) return undefined;
        throw error;
      });
      if (!head) return 'removed';
      const { ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus: hold } = head;
      if (hold === 'ON' || (until && until.getTime() > Date.now())) return 'protected';
      // Without its version, a delete would only hide it.
      const { Versions = [] } = await client.send(new s3.ListObjectVersionsCommand({ Bucket, Prefix: Key }));
      const versions = Versions.filter((version) => version.Key === Key).flatMap(({ VersionId }) => VersionId ?? []);
      try {
        // The newest last: the others are not seen without it.
        for (const VersionId of versions.reverse()) {
          await client.send(new s3.DeleteObjectCommand({ Bucket, Key, VersionId }));
        }
      } catch (error) {
        if (error instanceof s3.S3ServiceException && error.name === 'AccessDenied') return 'protected';
        throw error;
      }
      return 'removed';
    },
  };
}
