import { createHash } from 'node:crypto';
import { PassThrough, Transform, type Readable } from 'node:stream';
import { ZipFile } from 'yazl';

/** A file to put into a ZIP. */
export interface ZipEntry {
  name: string;
  bytes?: number;
  /** The ZIP is aborted if the content has another hash, so that a damaged file is never handed out as complete. */
  sha256?: string;
  open: () => Promise<Readable>;
}

function checkHash(sha256: string): Transform {
  const hash = createHash('sha256');
  return new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      done(hash.digest('hex') === sha256 ? null : new Error('the file is not the exported one: its SHA-256 differs'));
    },
  });
}

/** A ZIP as a stream, created while it is read; it is never in memory or on disk as a whole. */
export function zipStream(entries: readonly ZipEntry[], mtime: Date): Readable {
  const zip = new ZipFile();
  const output = new PassThrough();
  const fail = (error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error)));
  zip.on('error', fail);
  for (const { name, bytes, sha256, open } of entries) {
    const options = { mtime, mode: 0o100600, ...(bytes !== undefined && { size: bytes }) };
    zip.addReadStreamLazy(name, options, (give) => {
      open().then((file) => {
        // A client that disconnects must not leave the file open.
        output.once('close', () => file.destroy());
        file.once('error', fail);
        if (sha256 === undefined) return give(null, file);
        const checked = file.pipe(checkHash(sha256));
        checked.once('error', fail);
        give(null, checked);
      }, fail);
    });
  }
  zip.end();
  zip.outputStream.pipe(output);
  return output;
}
