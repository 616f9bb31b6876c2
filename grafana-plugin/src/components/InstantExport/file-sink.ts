/** Receives the bytes of a file. The user gets the file only when it is complete. */
export interface FileSink {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Gives the file to the user. */
  complete(): Promise<void>;
  /** Deletes what was written. */
  discard(): Promise<void>;
}

const PART_BYTES = 4_000_000;

/** A file that the browser holds until it is downloaded. Browsers can store blobs on disk, so parts become blobs early. */
export function downloadSink(name: string, type: string): FileSink {
  let parts: Blob[] = [];
  let pending: Array<Uint8Array<ArrayBuffer>> = [];
  let pendingBytes = 0;
  const flush = () => {
    parts.push(new Blob(pending));
    pending = [];
    pendingBytes = 0;
  };
  return {
    write(bytes) {
      pending.push(bytes);
      pendingBytes += bytes.length;
      if (pendingBytes >= PART_BYTES) flush();
      return Promise.resolve();
    },
    complete() {
      flush();
      const url = URL.createObjectURL(new Blob(parts, { type }));
      const link = document.createElement('a');
      link.href = url;
      link.download = name;
      link.click();
      // By then, the browser has started to read the blob, which exists until its URL is revoked.
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
      return Promise.resolve();
    },
    discard() {
      parts = [];
      pending = [];
      return Promise.resolve();
    },
  };
}

/** https://wicg.github.io/file-system-access/: not available in every browser or without HTTPS. */
type SaveFilePicker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;

function saveFilePicker(): SaveFilePicker | undefined {
  return (window as { showSaveFilePicker?: SaveFilePicker }).showSaveFilePicker;
}

/** Whether a file of any size can be written to a location that the user selects. */
export const canSave = (): boolean => saveFilePicker() !== undefined;

/**
 * A file in a location that the user selects, written while the entries are read. The browser keeps it in a temporary file
 * until it is complete. Must be called from a click.
 *
 * @returns `undefined` if the user canceled
 */
export async function savedFileSink(name: string): Promise<FileSink | undefined> {
  let stream: FileSystemWritableFileStream;
  try {
    const handle = await saveFilePicker()?.({ suggestedName: name });
    if (!handle) return undefined;
    stream = await handle.createWritable();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
  return {
    write: (bytes) => stream.write(bytes),
    complete: () => stream.close(),
    discard: () => stream.abort(),
  };
}
