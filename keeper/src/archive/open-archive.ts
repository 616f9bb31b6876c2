import { resolve } from 'node:path';
import type { S3Connection } from '../serve/s3-client.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { folderArchive, type ArchiveStore } from './archive-store.ts';
import { s3Archive, type LockMode } from './s3-archive.ts';

export interface ArchiveAddress extends S3Connection {
  /** A folder, or `s3://bucket/prefix`. */
  archive: string;
  archiveLock?: LockMode | undefined;
}

const S3_ADDRESS = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?\/?$/;

/** @throws UsageError */
export function openArchive({ archive, archiveLock: lock, ...connection }: ArchiveAddress): ArchiveStore {
  if (!/^[a-z0-9]+:\/\//i.test(archive)) {
    if (lock) throw new UsageError('--archive-lock needs a bucket: a folder cannot protect its files');
    return folderArchive(resolve(archive));
  }
  const [, bucket, prefix = ''] = S3_ADDRESS.exec(archive) ?? [];
  if (bucket === undefined)
    throw new UsageError(`--archive ${archive} is not a folder, and not like s3://bucket/prefix`);
  return s3Archive({ ...connection, bucket, prefix, ...(lock && { lock }) });
}
