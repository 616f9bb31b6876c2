import React from 'react';
import { act, createEvent, fireEvent, render, screen, within, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { formatTime, parseEntry, parseTime } from '@auditrail/core';
import { toTrailLine, type TrailLine } from '@auditrail/core/loki';
import { storedLine } from '../../testing/fake-loki.ts';
import { forgetPreferences } from '../../state/preferences.ts';
import type { Entries } from '../../state/use-entries.ts';
import { testIds } from '../testIds.ts';
import { EntryTable } from './EntryTable.tsx';
import { TableControls } from './TableControls.tsx';

const { table, columns, details } = testIds;
const START = parseTime('2026-11-21T12:00:00Z') ?? 0n;
const SECOND = 1_000_000_000n;

function lineAt(seconds: number, description = `entry ${seconds}`): TrailLine {
  const [ns, line] = storedLine({ time: formatTime(START - BigInt(seconds) * SECOND), description });
  const entry = parseEntry(line);
  return { key: entry.id, ns, line, entry };
}
const many = (count: number) => Array.from({ length: count }, (_, index) => lineAt(index));

const entriesOf = (lines: TrailLine[], more: Partial<Entries> = {}): Entries => ({
  ...{ lines, stale: false, loading: false, more: false, loadMore: jest.fn() },
  ...{ live: { state: 'off' }, fresh: 0, showFresh: jest.fn() },
  ...more,
});
const show = (entries: Entries) =>
  render(
    <>
      <TableControls />
      <EntryTable entries={entries}>nothing</EntryTable>
    </>,
  );
const rowAt = (index: number) => document.querySelector<HTMLElement>(`[data-index="${index}"]`)!;
const isOpen = (index: number) => within(rowAt(index)).queryByTestId(details.container) !== null;
// The menu of columns hides the rest of the page from screen readers while it is open.
const hidden = { hidden: true };
const heads = () => screen.getAllByRole('columnheader', hidden).map((head) => head.textContent);

beforeEach(() => {
  localStorage.clear();
  forgetPreferences();
});

describe('rows', () => {
  test('only visible rows are rendered, each with its position', () => {
    show(entriesOf(many(5_000)));
    const drawn = screen.getAllByTestId(table.row);
    expect(drawn.length).toBeLessThan(60);
    expect(drawn[0]).toHaveAttribute('aria-rowindex', '2');
    expect(screen.getByRole('grid')).toHaveAttribute('aria-rowcount', '5001');
  });

  test('entries with the same ID are all shown, each with a warning in its row and its details', async () => {
    const [first, second] = many(2) as [TrailLine, TrailLine];
    const { line } = first;
    const forged = toTrailLine({ ns: first.ns, line: line.replace('entry 0', 'forged') });
    show(entriesOf([toTrailLine(first), forged, toTrailLine(second)]));
    expect(screen.getAllByTestId(table.row)).toHaveLength(3);
    for (const index of [0, 1]) expect(rowAt(index)).toHaveTextContent('Another entry has this ID');
    expect(rowAt(2)).not.toHaveTextContent('Another entry has this ID');
    await userEvent.click(within(rowAt(1)).getByTestId(table.expand));
    expect(isOpen(1)).toBe(true);
    expect(isOpen(0)).toBe(false);
    expect(within(rowAt(1)).getByTestId(testIds.sharedId.notice)).toBeVisible();
  });

  test('older entries are loaded before the end is visible; not again after an error', () => {
    const near = entriesOf(many(30), { more: true });
    show(near);
    expect(near.loadMore).toHaveBeenCalledTimes(1);
    const failed = entriesOf(many(30), { more: true, error: new Error('x') });
    show(failed);
    expect(failed.loadMore).not.toHaveBeenCalled();
    const far = entriesOf(many(500), { more: true });
    show(far);
    expect(far.loadMore).not.toHaveBeenCalled();
  });

  test('the keys: arrows, Home, End and pages move; Enter and Space open; Escape closes', async () => {
    const user = userEvent.setup();
    show(entriesOf(many(200)));
    act(() => rowAt(0).focus());
    await user.keyboard('{ArrowDown}{ArrowDown}{ArrowUp}');
    expect(rowAt(1)).toHaveFocus();
    await user.keyboard('{Enter}');
    expect(isOpen(1)).toBe(true);
    await user.keyboard('{Escape}');
    expect(isOpen(1)).toBe(false);
    await user.keyboard(' ');
    expect(isOpen(1)).toBe(true);
    await user.keyboard('{Enter}');
    expect(isOpen(1)).toBe(false);
    await user.keyboard('{PageDown}');
    expect(document.activeElement).toBe(rowAt(17));
    await user.keyboard('{End}');
    expect(rowAt(199)).toHaveFocus();
    await user.keyboard('{ArrowDown}');
    expect(rowAt(199)).toHaveFocus();
    await user.keyboard('{Home}{ArrowUp}');
    expect(rowAt(0)).toHaveFocus();
    expect([rowAt(0).tabIndex, rowAt(1).tabIndex]).toEqual([0, -1]);
  });

  test('within the details, keys keep their meaning, but Escape closes the row and focuses it', async () => {
    const user = userEvent.setup();
    show(entriesOf(many(5)));
    await user.click(within(rowAt(2)).getByTestId(table.expand));
    const json = within(rowAt(2)).getByTestId(details.json);
    act(() => json.focus());
    await user.keyboard('{ArrowDown}{Enter}');
    expect(json).toHaveFocus();
    expect(isOpen(2)).toBe(true);
    await user.keyboard('{Escape}');
    expect(isOpen(2)).toBe(false);
    expect(rowAt(2)).toHaveFocus();
  });

  test('a click on a row opens it; a click into its details or selecting text does not close it', async () => {
    const user = userEvent.setup();
    show(entriesOf(many(5)));
    await user.click(within(rowAt(1)).getByTestId(table.description));
    expect(isOpen(1)).toBe(true);
    await user.click(within(rowAt(1)).getByTestId(details.json));
    expect(isOpen(1)).toBe(true);
    const marked = jest.spyOn(window, 'getSelection').mockReturnValue({ toString: () => 'text' } as Selection);
    fireEvent.click(within(rowAt(1)).getByTestId(table.description));
    expect(isOpen(1)).toBe(true);
    marked.mockRestore();
  });
});

describe('rows while the list changes', () => {
  test('an open row stays open and keeps the focus when entries are added above it', () => {
    const lines = many(50);
    const entries = entriesOf(lines);
    const { rerender } = render(<EntryTable entries={entries}>nothing</EntryTable>);
    act(() => rowAt(3).focus());
    fireEvent.keyDown(rowAt(3), { key: 'Enter' });
    const opened = rowAt(3);
    rerender(<EntryTable entries={entriesOf([lineAt(-2), lineAt(-1), ...lines])}>nothing</EntryTable>);
    expect(rowAt(5)).toBe(opened);
    expect(isOpen(5)).toBe(true);
    expect(opened).toHaveFocus();
  });

  test('the list does not jump when entries are added above, unless it is at its top', () => {
    const lines = many(500);
    const { rerender } = render(<EntryTable entries={entriesOf(lines)}>nothing</EntryTable>);
    const scroller = screen.getByTestId(table.scroller);
    rerender(<EntryTable entries={entriesOf([lineAt(-1), ...lines])}>nothing</EntryTable>);
    expect(scroller.scrollTop).toBe(0);
    act(() => {
      scroller.scrollTop = 4_800;
      fireEvent.scroll(scroller);
    });
    rerender(<EntryTable entries={entriesOf([lineAt(-3), lineAt(-2), lineAt(-1), ...lines])}>nothing</EntryTable>);
    expect(scroller.scrollTop).toBe(4_800 + 2 * 48);
  });

  test('another view starts at its top', () => {
    const { rerender } = render(<EntryTable entries={entriesOf(many(500))}>nothing</EntryTable>);
    const scroller = screen.getByTestId(table.scroller);
    act(() => {
      scroller.scrollTop = 5_200;
      fireEvent.scroll(scroller);
    });
    rerender(<EntryTable entries={entriesOf(many(500), { stale: true, loading: true })}>nothing</EntryTable>);
    rerender(<EntryTable entries={entriesOf(many(400))}>nothing</EntryTable>);
    expect(scroller.scrollTop).toBe(0);
  });
});

describe('copy and preview', () => {
  test('the focused row is copied with its columns if no text is selected', () => {
    show(entriesOf(many(3)));
    const clipboardData = { setData: jest.fn() };
    const event = createEvent.copy(rowAt(1), { clipboardData });
    fireEvent(rowAt(1), event);
    expect(clipboardData.setData).toHaveBeenCalledWith('text/plain', expect.stringMatching(/\tuser\.login\t.*entry 1/));
  });

  test('a preview of an entry while "View log" is hovered or focused', async () => {
    const user = userEvent.setup();
    const line = lineAt(0, '<b>bold</b>');
    show(entriesOf([line]));
    await user.hover(within(rowAt(0)).getByTestId(table.preview));
    const preview = await screen.findByTestId(table.previewText, undefined, { timeout: 10_000 });
    expect(JSON.parse(preview.textContent)).toEqual(JSON.parse(line.line));
    expect(preview.querySelector('b')).toBeNull();
    act(() => within(rowAt(0)).getByTestId(table.preview).focus());
    await user.keyboard('{Escape}');
    expect(screen.queryByTestId(table.previewText)).not.toBeInTheDocument();
    await user.click(within(rowAt(0)).getByTestId(table.preview));
    expect(isOpen(0)).toBe(true);
  });

  test.each([
    ['aria-hidden', 'true'],
    ['data-floating-ui-inert', ''],
  ])('no preview of a row behind an open filter or dialog: %s', async (mark, value) => {
    const user = userEvent.setup();
    const { container } = show(entriesOf([lineAt(0)]));
    container.setAttribute(mark, value);
    const button = within(rowAt(0)).getByTestId(table.preview);
    await user.hover(button);
    await act(() => new Promise((resolve) => setTimeout(resolve, 300)));
    expect(screen.queryByTestId(table.previewText)).not.toBeInTheDocument();
    container.removeAttribute(mark);
    await user.unhover(button);
    await user.hover(button);
    await screen.findByTestId(table.previewText, undefined, { timeout: 10_000 });
  });
});

test('Older opens the next row; after the last loaded one, it loads more first', async () => {
  const user = userEvent.setup();
  const loadMore = jest.fn();
  const entries = entriesOf(many(2), { more: true, loading: true, loadMore });
  const { rerender } = show(entries);
  await user.click(within(rowAt(0)).getByTestId(table.expand));
  await user.click(within(rowAt(0)).getByTestId(details.older));
  expect([isOpen(0), isOpen(1)]).toEqual([false, true]);
  expect(within(rowAt(1)).getByTestId(details.older)).toHaveFocus();
  await user.keyboard('{Enter}');
  expect(loadMore).toHaveBeenCalledTimes(1);
  const lines = [...entries.lines, lineAt(5)];
  rerender(
    <>
      <TableControls />
      <EntryTable entries={{ ...entries, lines, more: false, loading: false }}>nothing</EntryTable>
    </>,
  );
  expect([isOpen(1), isOpen(2)]).toEqual([false, true]);
  expect(within(rowAt(2)).getByTestId(details.older)).toBeDisabled();
  expect(within(rowAt(2)).getByTestId(details.newer)).toHaveFocus();
});

test('additional info has an icon that opens the row, which shows all of it, indented', async () => {
  const user = userEvent.setup();
  const [ns, line] = storedLine({ time: formatTime(START), properties: { reason: 'sale' } });
  show(entriesOf([{ key: 'k', ns, line, entry: parseEntry(line) }]));
  await user.click(screen.getByTestId(columns.open));
  await user.click(await screen.findByTestId(columns.choice('info')));
  const cell = () => within(rowAt(0)).getByTestId(table.cell('info'));
  const icon = await within(rowAt(0)).findByTestId(table.expandInfo);
  expect(cell().textContent).toBe('{"properties":{"reason":"sale"}}');
  await user.click(icon);
  expect(isOpen(0)).toBe(true);
  expect(icon).toHaveAttribute('aria-expanded', 'true');
  expect(cell().textContent).toBe('{\n  "properties": {\n    "reason": "sale"\n  }\n}');
});

describe('columns', () => {
  const openMenu = async () => {
    const user = userEvent.setup();
    show(entriesOf(many(3)));
    await user.click(screen.getByTestId(columns.open));
    await screen.findByTestId(columns.menu);
    // It takes the focus a moment after it is there.
    await waitFor(() => expect(screen.getByTestId(columns.open)).not.toHaveFocus());
    return user;
  };
  const DEFAULT = ['When (UTC)', 'Actor', 'Action / Event', 'Target', 'Result', 'IP address', 'Description', 'Details'];

  test('a sensible set by default; "newest first" is stated with the reason', async () => {
    show(entriesOf(many(3)));
    expect(heads()).toEqual(DEFAULT);
    expect(screen.getByTestId(table.head('when'))).toHaveAttribute('aria-sort', 'descending');
    await userEvent.hover(screen.getByTestId(table.order));
    expect(await screen.findByRole('tooltip')).toHaveTextContent('always sorted by time');
  });

  test('are selected, stored, and reset', async () => {
    const user = await openMenu();
    await user.click(screen.getByTestId(columns.choice('ip')));
    await user.click(screen.getByTestId(columns.choice('status')));
    const chosen = [...DEFAULT.filter((title) => title !== 'IP address').slice(0, -1), 'Status', 'Details'];
    expect(heads()).toEqual(chosen);
    expect(within(rowAt(0)).getByTestId(table.cell('status'))).toHaveTextContent('N/A');
    forgetPreferences();
    show(entriesOf(many(1)));
    expect(heads().slice(-chosen.length)).toEqual(chosen);
    await user.click(screen.getByTestId(columns.reset));
    expect(heads().slice(0, DEFAULT.length)).toEqual(DEFAULT);
  });

  test('are moved and resized by keyboard, which is announced', async () => {
    const user = await openMenu();
    act(() => screen.getByTestId(columns.grip('target')).focus());
    await user.keyboard('{ArrowUp}');
    expect(heads().slice(0, 4)).toEqual(['When (UTC)', 'Actor', 'Target', 'Action / Event']);
    expect(screen.getByText('Target is column 3 of 7')).toBeInTheDocument();
    expect(screen.getByTestId(columns.grip('target'))).toHaveFocus();
    await user.keyboard('{ArrowRight}');
    expect(within(screen.getByTestId(table.head('target'))).getByRole('separator', hidden)).toHaveAttribute(
      'aria-valuenow',
      '104',
    );
    expect(screen.getByRole('grid', hidden).style.getPropertyValue('--auditrail-columns')).toContain(' 104px ');
  });

  test('are moved by dragging their title', () => {
    show(entriesOf(many(3)));
    const dataTransfer = { setData: jest.fn() };
    fireEvent.dragStart(screen.getByText('Description'), { dataTransfer });
    const target = screen.getByTestId(table.head('actor'));
    fireEvent.dragOver(target, { dataTransfer });
    fireEvent.drop(target, { dataTransfer });
    expect(heads().slice(0, 3)).toEqual(['When (UTC)', 'Description', 'Actor']);
  });
});

test('the density is stored', async () => {
  show(entriesOf(many(3)));
  expect(screen.getByRole('grid')).toHaveAttribute('data-density', 'comfortable');
  await userEvent.click(screen.getByRole('radio', { name: 'Compact' }));
  expect(screen.getByRole('grid')).toHaveAttribute('data-density', 'compact');
  forgetPreferences();
  show(entriesOf(many(1)));
  expect(screen.getAllByRole('grid')[1]).toHaveAttribute('data-density', 'compact');
});
