import type { JsonValue } from '@auditrail/core';
import { visibleJson } from './invisible.ts';

/** A value before or after a change as text: strings without quotes, anything else as JSON. */
export function valueText(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
}

/** A stored line as formatted JSON, with escapes for invisible characters. A line that is not JSON is returned unchanged. */
export function prettyLine(line: string): string {
  try {
    return visibleJson(JSON.stringify(JSON.parse(line), undefined, 2));
  } catch (error) {
    if (error instanceof SyntaxError) return line;
    throw error;
  }
}
