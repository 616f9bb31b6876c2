import type { ClipboardEvent } from 'react';
import { csvText } from '@auditrail/core/formats';
import { type TrailLine } from '@auditrail/core/loki';
import type { CellContext, Column } from './columns.tsx';
import { rowOf } from './row-keys.ts';

interface Shown extends Pick<CellContext, 'now' | 'zone'> {
  shown: readonly Column[];
}

/** A row as tab-separated cells for spreadsheets, escaped so that none is run as a formula. */
export function rowText({ ns, line, entry }: TrailLine, { shown, ...rest }: Shown): string {
  return entry ? shown.map(({ text }) => csvText(text({ entry, ns, ...rest }))).join('\t') : line;
}

/** Copies the focused row if no text is selected. */
export function copyRow(event: ClipboardEvent, lines: readonly TrailLine[], shown: Shown): void {
  const row = rowOf(event.target);
  const line = row && lines[row.index];
  if (!line || row.inDetails || window.getSelection()?.toString()) return;
  event.preventDefault();
  event.clipboardData.setData('text/plain', rowText(line, shown));
}
