import type { KeyboardEvent } from 'react';
import type { Rows } from './use-rows.ts';

/** The row of an event, and whether the event was within its details. */
export function rowOf(target: EventTarget): { index: number; inDetails: boolean; onRow: boolean } | undefined {
  if (!(target instanceof Element)) return undefined;
  const row = target.closest('[data-index]');
  if (!row) return undefined;
  return {
    index: Number(row.getAttribute('data-index')),
    inDetails: target.closest('[data-details]') !== null,
    onRow: target === row,
  };
}

interface Table {
  rows: Pick<Rows, 'focus' | 'perScreen'>;
  count: number;
  isOpen: (index: number) => boolean;
  toggle: (index: number) => void;
}

/** Handles the keys of the table, which docs/page.md lists. Within the details, it handles only Escape. */
export function onRowKey(event: KeyboardEvent, { rows, count, isOpen, toggle }: Table): void {
  const row = rowOf(event.target);
  if (!row || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const { index, inDetails, onRow } = row;
  const act = actOf(event.key);
  if (!act) return;
  event.preventDefault();
  act();

  function actOf(key: string): (() => void) | undefined {
    if (key === 'Escape' && isOpen(index)) {
      return () => {
        toggle(index);
        rows.focus(index);
      };
    }
    if (inDetails) return undefined;
    switch (key) {
      case 'Enter':
      case ' ':
        // A button in the row handles the key itself.
        return onRow ? () => toggle(index) : undefined;
      case 'ArrowDown':
        return () => rows.focus(index + 1);
      case 'ArrowUp':
        return () => rows.focus(index - 1);
      case 'PageDown':
        return () => rows.focus(index + rows.perScreen());
      case 'PageUp':
        return () => rows.focus(index - rows.perScreen());
      case 'Home':
        return () => rows.focus(0);
      case 'End':
        return () => rows.focus(count - 1);
      default:
        return undefined;
    }
  }
}
