/** Takes the bytes of a file as they come; nobody has the file before it is handed out. */
export interface FileSink {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Gives the file to the person. */
  handOut(): Promise<void>;
  /** Throws away what was written. */
  discard(): Promise<void>;
}

const PART_BYTES = 4_000_000;

/** A file that the browser holds until it downloads it. Blobs may lie on its disk, so parts become blobs early. */
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
    handOut() {
      flush();
      const url = URL.createObjectURL(new Blob(parts, { type }));
      const link = document.createElement('a');
      link.href = url;
      link.download = name;
      link.click();
      // The browser has begun to read it by then; until it is revoked, the blob stays.
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

/** https://wicg.github.io/file-system-access/: not in every browser, and not without HTTPS. */
type SaveFilePicker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;

function saveFilePicker(): SaveFilePicker | undefined {
  return (window as { showSaveFilePicker?: SaveFilePicker }).showSaveFilePicker;
}

/** Whether a file of any size can be written to a place that the person chooses. */
export const canSave = (): boolean => saveFilePicker() !== undefined;

/**
 * A file that the person chooses a place for, written there as it comes: the browser keeps it beside that place until it is
 * whole. Must be called from a click.
 *
 * @returns `undefined` where the person chose none
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
    handOut: () => stream.close(),
    discard: () => stream.abort(),
  };
}
