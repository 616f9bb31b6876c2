import React from 'react';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { AuditError } from '@auditrail/core';
import type * as Data from '@grafana/data';
import { config } from '@grafana/runtime';
import type * as Runtime from '@grafana/runtime';
import type * as Clients from '../../data/loki-clients.ts';
import { FakeLoki, storedLine } from '../../testing/fake-loki.ts';
import { testIds } from '../testIds.ts';
import ProfileTab from './ProfileTab.tsx';

const { profile, table } = testIds;
let loki: FakeLoki;
let secureJsonFields: Record<string, boolean>;
jest.mock('@grafana/data', () => ({
  ...jest.requireActual<typeof Data>('@grafana/data'),
  usePluginContext: () => ({ meta: { secureJsonFields } }),
}));
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual<typeof Runtime>('@grafana/runtime'),
  hasPermission: () => true,
}));
jest.mock('../../data/loki-clients.ts', () => ({
  ...jest.requireActual<typeof Clients>('../../data/loki-clients.ts'),
  lokiClientFor: () => loki,
}));

beforeEach(() => {
  loki = new FakeLoki();
  secureJsonFields = { gateway: true };
  config.bootData.user.email = 'ada@example.com';
});

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

test('shows the ten newest entries of the user, and links to all', async () => {
  loki.lines = Array.from({ length: 12 }, (_, i) => storedLine({ time: minutesAgo(i + 1), description: `step ${i}` }));
  render(<ProfileTab />);
  const rows = await screen.findAllByTestId(profile.row);
  expect(rows.map((row) => /step \d+/.exec(row.textContent)?.[0])).toEqual(
    Array.from({ length: 10 }, (_, i) => `step ${i}`),
  );
  expect(loki.queries[0]).toContain('| user_email=~"^(?:[aA][dD][aA]@');
  const address = new URL(screen.getByTestId(profile.all).getAttribute('href') ?? '', 'http://x');
  expect(Object.fromEntries(address.searchParams)).toEqual({ from: 'now-7d', to: 'now', user: 'ada@example.com' });
});

test('states that there are no entries, that reading failed, or that the app is not set up', async () => {
  const { unmount } = render(<ProfileTab />);
  expect(await screen.findByText(/No entries in the last 7 days/)).toBeVisible();
  unmount();

  let down = true;
  loki.gate = () => (down ? Promise.reject(new AuditError('LOKI_UNREACHABLE', 'down')) : Promise.resolve());
  const failed = render(<ProfileTab />);
  expect(await screen.findByTestId(table.error)).toBeVisible();
  down = false;
  await userEvent.click(screen.getByTestId(table.retry));
  expect(await screen.findByText(/No entries in the last 7 days/)).toBeVisible();
  failed.unmount();

  config.bootData.user.email = '';
  const nameless = render(<ProfileTab />);
  expect(screen.getByText(/your account does not have one/)).toBeVisible();
  nameless.unmount();

  secureJsonFields = {};
  render(<ProfileTab />);
  expect(screen.getByTestId(testIds.page.notConfigured)).toBeVisible();
});
