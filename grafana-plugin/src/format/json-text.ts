import type { JsonValue } from '@auditrail/core';

/** A value before or after a change, as a person reads it: text without quotes, anything else as JSON. */
export function valueText(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
}

/** A stored line with line breaks and indents; a line that is no JSON stays as it is. */
export function prettyLine(line: string): string {
  try {
    return JSON.stringify(JSON.parse(line), undefined, 2);
  } catch (error) {
    if (error instanceof SyntaxError) return line;
    throw error;
  }
}
