import type { KeyboardEvent } from 'react';
import type { Rows } from './use-rows.ts';

/** The row in which something happened, and whether that was within its details. */
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

interface Acts {
  rows: Pick<Rows, 'focus' | 'perScreen'>;
  count: number;
  isOpen: (index: number) => boolean;
  toggle: (index: number) => void;
}

/** The keys of the table: docs/page.md lists them. Within the details keys are the details' own, but for Escape. */
export function onRowKey(event: KeyboardEvent, { rows, count, isOpen, toggle }: Acts): void {
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
        // A button in the row has its own.
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
