import type { JsonValue } from '@auditrail/core';
import { visibleJson } from './invisible.ts';

/** A value before or after a change, as a person reads it: text without quotes, anything else as JSON. */
export function valueText(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
}

/** A stored line with line breaks and indents, and with escapes for characters that would not be seen; a line that is no JSON stays as it is. */
export function prettyLine(line: string): string {
  try {
    return visibleJson(JSON.stringify(JSON.parse(line), undefined, 2));
  } catch (error) {
    if (error instanceof SyntaxError) return line;
    throw error;
  }
}
