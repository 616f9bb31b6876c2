import fc from 'fast-check';
import { canonicalJson } from '../entry/canonical-json.ts';
import { completeEntry, parseEntry, type AuditEntryInput } from '../entry/entry.ts';
import type { ExportFormat, ExportLine, ExportMeta } from '../formats/export-format.ts';
import { formatTime } from '../time.ts';
import { anyEntryInput, anyText } from './entries.ts';

const FIRST_NS = 1_795_241_899_123_456_789n;

/** For tests: the line of an entry as a reader has it, the `n`th of its trail. */
export function exportLine(input: AuditEntryInput, n = 0): ExportLine {
  const ns = FIRST_NS - BigInt(n);
  const id = `019a8f3e-7a10-7000-8000-${n.toString(16).padStart(12, '0')}`;
  const line = canonicalJson(completeEntry(input, { id, time: formatTime(ns), service: 'shop' }));
  return { ns, line, entry: parseEntry(line) };
}

/** For tests: a line that is not an entry. */
export function foreignLine(line: string, n = 0): ExportLine {
  return { ns: FIRST_NS - BigInt(n), line, problem: 'invalid audit entry: the line is not JSON' };
}

/** For tests: lines that a reader can return, unusual entries and lines of other programs. */
export const anyExportLines: fc.Arbitrary<ExportLine[]> = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: anyEntryInput.map((input) => (n: number) => exportLine(input, n)) },
      { weight: 1, arbitrary: anyText.map((text) => (n: number) => foreignLine(text.toWellFormed(), n)) },
    ),
    { maxLength: 5 },
  )
  .map((makers) => makers.map((make, n) => make(n)));

/** For tests: a complete file. */
export function exportText(format: ExportFormat, lines: readonly ExportLine[], meta: Partial<ExportMeta> = {}): string {
  const whole = { exportedAt: '2026-11-21T06:18:19Z', ...meta };
  const rows = lines.map((line) => format.row(line, whole));
  return format.head(whole) + rows.join(format.separator) + format.tail(whole);
}
