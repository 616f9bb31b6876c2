import { UsageError } from '../terminal/usage-error.ts';

// An entry's line has less than 1 MB; indented and escaped it may be several times as long.
const MOST_CHARS = 16_000_000;

/**
 * The texts of the objects in a stream of JSON: those of an array, or objects one after the other, on any number of
 * lines. Text between them that is not JSON is yielded separately, so that it can be reported. Memory is limited.
 *
 * @throws UsageError if one object is too long
 */
export async function* jsonValues(chunks: AsyncIterable<string>): AsyncGenerator<string, void> {
  let text = '';
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const char = chunk[at] as string;
      if (inString) {
        if (isEscaped) isEscaped = false;
        else if (char === '\\') isEscaped = true;
        else if (char === '"') inString = false;
      } else if (depth > 0) {
        if (char === '"') inString = true;
        else if (char === '{' || char === '[') depth++;
        else if ((char === '}' || char === ']') && --depth === 0) {
          yield text + chunk.slice(from, at + 1);
          text = '';
          from = at + 1;
        }
      } else if (char === '{' || /[\s,[\]]/.test(char)) {
        const between = (text + chunk.slice(from, at)).trim();
        if (between !== '') yield between;
        text = '';
        from = char === '{' ? at : at + 1;
        if (char === '{') depth = 1;
      }
    }
    text += chunk.slice(from);
    if (text.length > MOST_CHARS) throw new UsageError(`the input has an object of over ${MOST_CHARS} characters`);
  }
  if (text.trim() !== '') yield text.trim();
}
