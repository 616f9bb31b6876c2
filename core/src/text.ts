const encoder = new TextEncoder();

/** Length of a text in UTF-8 bytes. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

/** The longest prefix of `text` that fits into `bytes` of UTF-8 and ends between two characters. */
export function cutUtf8(text: string, bytes: number): string {
  // A UTF-16 unit takes at most three bytes: short texts need no encoding.
  if (text.length * 3 <= bytes) return text;
  const target = new Uint8Array(bytes);
  const { read, written } = encoder.encodeInto(text, target);
  return read === text.length && written <= bytes ? text : text.slice(0, read);
}

/** Whether a text takes at most `bytes` of UTF-8; most texts are too short to need encoding. */
export function fitsUtf8(text: string, bytes: number): boolean {
  // A UTF-16 unit takes one to three bytes.
  if (text.length * 3 <= bytes) return true;
  return text.length <= bytes && utf8Bytes(text) <= bytes;
}

/**
 * The lines of a text that arrives in chunks, without empty ones. Only newlines separate them: an entry can contain other
 * characters that some programs take for a line break, such as U+2028.
 */
export async function* linesIn(chunks: AsyncIterable<unknown>): AsyncGenerator<string, void> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield line.replace(/\r$/, '');
  }
  if (rest.trim() !== '') yield rest.replace(/\r$/, '');
}
