import React from 'react';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { parseEntry } from '@auditrail/core';
import type { TrailLine } from '@auditrail/core/loki';
import type { Filter, FilterField } from '@auditrail/core/query';
import { lokiSource, type TrailSource } from '@auditrail/core/source';
import { FakeLoki, storedLine } from '../../testing/fake-loki.ts';
import { filtersInWords } from '../BackgroundExports/filters-in-words.ts';
import { maskTrailLine, maskValue } from '../PersonalData/mask.ts';
import { testIds } from '../testIds.ts';
import { FilterChip } from './FilterChip.tsx';
import { FilterEditor } from './FilterEditor.tsx';

// Without a provider, the user is unknown, so everything is masked.
const { filters } = testIds;
const nothing = () => {};
const user = userEvent.setup();

let loki: FakeLoki;
let trail: TrailSource;
const source = () => ({ trail, query: {}, range: { start: 0n, end: 3_600_000_000_000n }, lines: [] as TrailLine[] });
beforeEach(() => {
  loki = new FakeLoki();
  trail = lokiSource(loki);
});

const PERSONAL: Array<[Filter, shown: string]> = [
  [{ field: 'email', operator: 'is', values: ['ada@example.com'] }, 'a•••@example.com'],
  [{ field: 'email', operator: 'contains', values: ['ada.love'] }, '•••'],
  [{ field: 'ip', operator: 'is not', values: ['10.2.3.4'] }, '10.2.•.•'],
  [{ field: 'sessionId', operator: 'is', values: ['s-4711'] }, '•••'],
  [{ field: 'targetName', operator: 'is', values: ['ada@example.com'] }, 'a•••@example.com'],
];

test.each(PERSONAL)('%j: chip and export show it masked', (filter, shown) => {
  const { container } = render(
    <FilterChip
      {...source()}
      {...{ filter, open: false, onOpen: nothing, onClose: nothing }}
      onRemove={nothing}
      onChange={nothing}
    />,
  );
  expect(screen.getByTestId(filters.edit)).toHaveTextContent(shown);
  expect(container.innerHTML).not.toContain(filter.values[0]);
  const words = filtersInWords({ filters: [filter], search: filter.values[0]! }, maskValue).join('; ');
  expect(words).toContain(shown);
  if (filter.values[0]!.includes('@')) expect(words).not.toContain(filter.values[0]);
});

test('an open filter does not show its masked text; another can be typed', async () => {
  const onChange = jest.fn();
  const filter: Filter = { field: 'email', operator: 'contains', values: ['ada@example.com'] };
  const { container } = render(<FilterEditor {...source()} filter={filter} onChange={onChange} />);
  expect(screen.getByTestId(filters.typed)).toHaveValue('');
  expect(screen.getByTestId(filters.typed)).toHaveAttribute('placeholder', 'a•••@example.com');
  expect(container.innerHTML).not.toContain('ada@');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(onChange).not.toHaveBeenCalled();
  await user.type(screen.getByTestId(filters.typed), 'bob');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(onChange).toHaveBeenCalledWith(expect.objectContaining({ values: ['bob'] }));
});

test('selected values are masked, others are not offered', async () => {
  loki.values = { 'bob@example.com': 3, Apollo: 2 };
  const filter: Filter = { field: 'targetName', operator: 'is any of', values: ['ada@example.com', 'Tea'] };
  const { container } = render(<FilterEditor {...source()} filter={filter} onChange={nothing} />);
  expect(await screen.findByRole('option', { name: /Apollo/ })).toBeInTheDocument();
  expect(screen.getByRole('option', { name: /a•••@example\.com/ })).toBeInTheDocument();
  expect(container.innerHTML).not.toMatch(/ada@|bob@|b•••@/);
});

test('a session or address of a row is not offered as a value of another field', async () => {
  loki.values = { '/sessions/s-4711': 3, '/orders': 2 };
  const [ns, line] = storedLine({ time: '2026-11-21T06:18:19Z', source: { sessionId: 's-4711' } });
  const row = maskTrailLine({ key: 'k', ns, line, entry: parseEntry(line) });
  const filter: Filter = { field: 'endpoint', operator: 'is', values: [] };
  const { container } = render(<FilterEditor {...source()} lines={[row]} filter={filter} onChange={nothing} />);
  expect(await screen.findByRole('option', { name: /orders/ })).toBeInTheDocument();
  expect(container.innerHTML).not.toContain('4711');
});

test.each<FilterField>([
  ...(['email', 'sessionId', 'onBehalfOf', 'requestId', 'scope.session', 'properties.cart.owner'] as const),
])('values of %s are not even read', async (field) => {
  loki.values = { 'bob@example.com': 3, 's-4711': 2 };
  render(<FilterEditor {...source()} filter={{ field, operator: 'is', values: [] }} onChange={nothing} />);
  expect(
    await screen.findByText('Values that can be personal data are masked. Type the value to filter by.'),
  ).toBeInTheDocument();
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(loki.requests).toEqual([]);
});
