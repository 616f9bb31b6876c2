import React from 'react';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { AuditError } from '@auditrail/core';
import { LOKI_PATHS } from '@auditrail/core/loki';
import { DEFAULT_SETTINGS } from '../../settings.ts';
import { Trail } from '../../data/trail.ts';
import { FakeLoki, storedLine } from '../../testing/fake-loki.ts';
import { At } from '../../testing/grafana.tsx';
import { DetailsContext } from '../EntryDetails/details-context.ts';
import { testIds } from '../testIds.ts';
import EntryPage from './EntryPage.tsx';

const { entryPage, details } = testIds;
// Ids of storedLine are made on 2024-11-12; Loki keeps 365 days.
const MADE = Date.parse('2024-11-12T00:00:00Z');
const DAY_MS = 86_400_000;
const ago = (days: number) => new Date(MADE - days * DAY_MS).toISOString();

let loki: FakeLoki;
beforeEach(() => {
  jest.useFakeTimers({ now: MADE + 10 * DAY_MS, advanceTimers: true });
  loki = new FakeLoki();
});
afterEach(() => jest.useRealTimers());
const user = userEvent.setup({ advanceTimers: (ms) => jest.advanceTimersByTime(ms) });

function show(id: string) {
  const trail = new Trail(loki);
  const source = { trail, settings: DEFAULT_SETTINGS };
  return render(
    <DetailsContext.Provider value={source}>
      <EntryPage id={id} trail={trail} />
    </DetailsContext.Provider>,
    { wrapper: ({ children }) => <At url="/">{children}</At> },
  );
}

function stored(days: number): string {
  const line = storedLine({ time: ago(days), description: `of ${days} days before` });
  loki.lines = [line];
  return (JSON.parse(line[1]) as { id: string }).id;
}

test.each([0, 40, 300, -5])('an entry %d days older than its ID is found', async (days) => {
  show(stored(days));
  expect(await screen.findByRole('heading', { name: `of ${days} days before` })).toBeVisible();
  expect(screen.getByTestId(details.container)).toBeVisible();
  // It is open alone already.
  expect(screen.queryByTestId(details.permalink)).toBeNull();
  expect(screen.getByTestId(details.copyLink)).toBeVisible();
  const around = within(screen.getByTestId(entryPage.around));
  const at = (ms: number) => new Date(Date.parse(ago(days)) + ms).toISOString();
  expect(around.getByRole('link', { name: '± 1 hour' })).toHaveAttribute(
    'href',
    `/a/auditrail-auditlog-app?from=${at(-3_600_000)}&to=${at(3_600_000)}`,
  );
});

test('all entries with the ID are shown, with a warning', async () => {
  const id = stored(0);
  const [[, line] = [0n, '']] = loki.lines;
  const copy = { ...(JSON.parse(line) as object), description: 'copy', time: ago(40) };
  loki.lines.push([BigInt(Date.parse(ago(40))) * 1_000_000n, JSON.stringify(copy)]);
  show(id);
  expect(await screen.findByRole('heading', { name: 'of 0 days before' })).toBeVisible();
  expect(await screen.findByRole('heading', { name: 'copy' })).toBeVisible();
  expect(screen.getAllByTestId(testIds.sharedId.badge)).toHaveLength(2);
  expect(screen.getAllByText('Another entry has this ID')).toHaveLength(4);
});

test('a missing entry is shown with possible reasons', async () => {
  show('01930000-0000-7000-8000-00000000dead');
  const notFound = await screen.findByTestId(entryPage.notFound);
  expect(notFound).toHaveTextContent('There is no entry with this ID');
  expect(notFound).toHaveTextContent('another organization');
  expect(notFound).not.toHaveTextContent('retention has removed it');
  await user.click(within(notFound).getByRole('button', { name: 'Search again' }));
  expect(await screen.findByTestId(entryPage.notFound)).toBeVisible();
});

test('an ID older than the retention period was removed by retention', async () => {
  show('01830000-0000-7000-8000-000000000001');
  expect(await screen.findByText(/Loki keeps entries for 365 days, so retention has removed it/)).toBeVisible();
});

test('an ID in the future is reported', async () => {
  show('01a30000-0000-7000-8000-000000000001');
  expect(await screen.findByText(/in the future/)).toBeVisible();
});

test.each(['', 'x', '<b>', '01930000-0000-4000-8000-000000000001'])(
  '"%s" is not an ID, and no request is sent',
  (id) => {
    show(id);
    expect(screen.getByTestId(entryPage.notFound)).toHaveTextContent('This is not an entry ID');
    expect(loki.requests).toHaveLength(0);
  },
);

test('a search shows its progress, can be stopped and restarted; leaving the page ends it', async () => {
  const id = stored(100);
  let reads = 0;
  loki.gate = ({ path }) => (path === LOKI_PATHS.queryRange && ++reads > 8 ? new Promise(() => {}) : Promise.resolve());
  const { unmount } = show(id);
  await waitFor(() => expect(screen.getByRole('progressbar')).not.toHaveAttribute('value', '0'));
  await user.click(screen.getByTestId(entryPage.stop));
  expect(screen.getByText('The search was stopped')).toBeVisible();
  expect(loki.requests.at(-1)?.signal?.aborted).toBe(true);
  reads = 0;
  await user.click(screen.getByRole('button', { name: 'Search again' }));
  expect(await screen.findByTestId(entryPage.searching)).toBeVisible();
  await waitFor(() => expect(reads).toBe(9));
  unmount();
  expect(loki.requests.at(-1)?.signal?.aborted).toBe(true);
});

test('a read error states its cause, and the user can try again', async () => {
  const id = stored(0);
  loki.gate = () => Promise.reject(new AuditError('LOKI_UNREACHABLE', 'down'));
  show(id);
  expect(await screen.findByText('The gateway cannot be reached')).toBeVisible();
  loki.gate = () => Promise.resolve();
  await user.click(screen.getByTestId(testIds.table.retry));
  expect(await screen.findByTestId(details.container)).toBeVisible();
});
