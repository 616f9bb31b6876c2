/** How to reach a server of buckets. */
export interface S3Connection {
  /** Address of an S3-compatible server. Default: Amazon's. */
  s3Endpoint?: string | undefined;
  s3Region: string;
  /** Default: as Amazon's SDK finds them (environment, profile, instance). */
  s3KeyId?: string | undefined;
  s3Secret?: string | undefined;
}

// Four parts of 8 MiB are in memory while a file of any size is uploaded.
export const UPLOAD = { partSize: 8 * 1024 * 1024, queueSize: 4 };

/** Loads Amazon's SDK, which is large, and makes a client. An error is thrown when the result is awaited. */
export function loadS3({ s3Endpoint, s3Region, s3KeyId, s3Secret }: S3Connection) {
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
  loaded.catch(() => undefined);
  return loaded;
}
