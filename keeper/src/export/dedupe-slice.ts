import { distinctLines, type LokiLine } from '@auditrail/core/loki';

/** A line of an export; `repeats`: it is the entry of the line before it, with another position in a chain. */
export interface ExportedLine extends LokiLine {
  repeats?: true;
}

/**
 * Sorts the lines of a slice and removes duplicates. Repetitions of an entry have the same time, so only lines that share
 * their nanosecond have to be compared, and no other line is parsed. Lines with the same id and other content are all
 * kept.
 */
export function dedupeSlice(lines: readonly LokiLine[]): { kept: ExportedLine[]; duplicates: number } {
  const sorted = [...lines].sort((a, b) => (a.ns < b.ns ? 1 : a.ns > b.ns ? -1 : 0));
  const kept: ExportedLine[] = [];
  for (let i = 0; i < sorted.length;) {
    const first = sorted[i] as LokiLine;
    let end = i + 1;
    while (sorted[end]?.ns === first.ns) end++;
    if (end === i + 1) kept.push(first);
    else {
      // Not spread: the text of a line may be decoded only when it is read.
      const same = sorted.slice(i, end).map(({ ns, line }) => ({ ns, line }));
      for (const { ns, line, repeats } of distinctLines(same)) kept.push({ ns, line, ...(repeats && { repeats }) });
    }
    i = end;
  }
  return { kept, duplicates: lines.length - kept.length };
}
