import { AuditError, parseEntry, type LokiLine } from '@auditrail/core';

// Whose lines share a nanosecond stand by their id, as readers of the trail show them: an emitter's ids rise.
function idOf(line: string): string {
  try {
    return parseEntry(line).id;
  } catch (error) {
    if (error instanceof AuditError) return '';
    throw error;
  }
}

function orderTies(lines: LokiLine[]): LokiLine[] {
  // Not spread: a line may be made a text only when it is asked for.
  const known = new Map(lines.map(({ ns, line }) => [line, { ns, line, id: idOf(line) }]));
  return [...known.values()]
    .sort((a, b) => (a.id === b.id ? (a.line < b.line ? 1 : -1) : a.id < b.id ? 1 : -1))
    .map(({ ns, line }) => ({ ns, line }));
}

/**
 * Orders the lines of a slice and leaves out copies. An entry's id and time are in its line, so copies of one entry are
 * equal lines at one nanosecond: only lines that share their nanosecond have to be compared, and none is parsed
 * otherwise. Lines of one id that differ are both kept: one of them was forged, and an export hides nothing.
 */
export function newestFirstOnce(lines: readonly LokiLine[]): { kept: LokiLine[]; duplicates: number } {
  const sorted = [...lines].sort((a, b) => (a.ns < b.ns ? 1 : a.ns > b.ns ? -1 : 0));
  const kept: LokiLine[] = [];
  for (let i = 0; i < sorted.length;) {
    const first = sorted[i] as LokiLine;
    let end = i + 1;
    while (sorted[end]?.ns === first.ns) end++;
    if (end === i + 1) kept.push(first);
    else kept.push(...orderTies(sorted.slice(i, end)));
    i = end;
  }
  return { kept, duplicates: lines.length - kept.length };
}
