import { linesIn } from '@auditrail/core';
import { UsageError } from '../terminal/usage-error.ts';
import { decodeText } from './decode-text.ts';
import { jsonValues } from './json-values.ts';
import { recordedLine } from './recorded-line.ts';

// A line of the trail is shorter, so the first chunk contains it.
const HEAD_CHARS = 2_000_000;
const DOCUMENT = /^\s*\{\s*"exported_at"\s*:\s*"[^"]*"\s*,\s*"entries"\s*:\s*\[/;

const OTHER_KINDS: readonly (readonly [beginning: RegExp, name: string])[] = [
  [/^CEF:\d/, 'CEF, which does not contain the lines of the trail: export NDJSON'],
  [/^</, 'XML or HTML: give the NDJSON file'],
  [/^\{\s*"kind"\s*:\s*"auditrail-export"/, "an export's manifest: give it without --file"],
  [
    /^"?[\w .-]+"?([,;\t])"?[\w .-]+"?(\1|\r?\n|$)/,
    'CSV, which does not contain the lines of the trail: verify the folder of the export (its manifest covers the file), or export NDJSON',
  ],
];

async function* joined(head: string, rest: AsyncIterator<string, void>): AsyncGenerator<string, void> {
  yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

async function firstLine(text: AsyncIterator<string, void>): Promise<{ head: string; first: string }> {
  let head = '';
  for (;;) {
    const first = /^\s*(\S[^\n]*)\n/.exec(head)?.[1];
    if (first !== undefined || head.length > HEAD_CHARS) return { head, first: first ?? head.trimStart() };
    const next = await text.next();
    if (next.done === true) return { head, first: head.trim() };
    head += next.value;
  }
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

async function* unwrapped(texts: AsyncIterable<string>, onNote: (note: string) => void): AsyncGenerator<string, void> {
  for await (const text of texts) {
    const { line, wrapping } = recordedLine(text);
    if (wrapping !== undefined) onNote(wrapping);
    yield line;
  }
}

async function* withoutMarks(lines: AsyncIterable<string>, onNote: (note: string) => void) {
  // Concatenated files with a mark have one in the middle.
  for await (const line of lines) {
    if (!line.startsWith('\ufeff')) yield line;
    else {
      onNote('UTF-8 with a byte order mark');
      yield line.slice(1);
    }
  }
}

/**
 * The recorded lines of a file: also compressed, in another encoding, as a JSON array, or in a format that contains the
 * lines (JSON export, ECS, OCSF). `-` is standard input.
 *
 * @param onNote called with each conversion that was recognized, possibly repeatedly
 * @throws UsageError for a format without the lines, such as CSV
 */
export async function* inputLines(file: string, onNote: (note: string) => void): AsyncGenerator<string, void> {
  const text = decodeText(file, onNote);
  const { head, first } = await firstLine(text);
  const other = OTHER_KINDS.find(([beginning]) => beginning.test(head.trimStart()));
  if (other) throw new UsageError(`${file === '-' ? 'standard input' : file} is ${other[1]}`);
  const document = DOCUMENT.exec(head)?.[0];
  if (document !== undefined) {
    onNote('JSON export');
    const rest = joined(head.slice(document.length), text);
    for await (const line of unwrapped(jsonValues(rest), onNote)) if (line !== '}') yield line;
    return;
  }
  const all = joined(head, text);
  if (first.startsWith('[') || /^\{\s*$/.test(first)) {
    onNote(first.startsWith('[') ? 'JSON array' : 'indented JSON');
    yield* unwrapped(jsonValues(all), onNote);
    return;
  }
  const lines = withoutMarks(linesIn(all), onNote);
  // A quick test: parsing each line only for this would take as long as verifying it.
  if (isJson(first) && recordedLine(first).wrapping !== undefined) yield* unwrapped(lines, onNote);
  else yield* lines;
}
