import React from 'react';
import { configure, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { AuditError } from '@auditrail/core';
import { CATALOGUE } from '@auditrail/core/detections';
import type * as Runtime from '@grafana/runtime';
import { PersonalDataProvider } from '../PersonalData/PersonalData.tsx';
import { Trail } from '../../data/trail.ts';
import { FakeBackend } from '../../testing/fake-backend.ts';
import { FakeLoki, storedLine } from '../../testing/fake-loki.ts';
import { At } from '../../testing/grafana.tsx';
import { testIds } from '../testIds.ts';
import DetectionsPage from './DetectionsPage.tsx';

const { detections: ids, table } = testIds;
// The page tests one rule after the other, which can take more than a second on a busy machine.
configure({ asyncUtilTimeout: 20_000 });
jest.setTimeout(60_000);

let backend: FakeBackend;
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual<typeof Runtime>('@grafana/runtime'),
  getBackendSrv: () => backend.service,
  hasPermission: () => true,
}));

let loki: FakeLoki;
beforeEach(() => {
  // An older keeper, which cannot test rules.
  backend = new FakeBackend();
  backend.reply = () => ({ status: 404 });
  // jsdom has no layout.
  Element.prototype.scrollIntoView = () => {};
  loki = new FakeLoki();
  const start = Date.now() - 86_400_000;
  loki.lines = Array.from({ length: 25 }, (_, i) =>
    storedLine({
      time: new Date(start + i * 1_000).toISOString(),
      outcome: 'failure',
      actor: { type: 'user', email: 'ada@example.com' },
      source: { ip: '203.0.113.1' },
    }),
  );
  loki.values = { 'user.login': 25 };
});

const page = (hasKeeper = true) => <DetectionsPage trail={new Trail(loki)} hasKeeper={hasKeeper} />;
const show = (url = '/', hasKeeper = true) => render(<At url={url}>{page(hasKeeper)}</At>);
const row = async (rule: string) => {
  const rows = await screen.findAllByTestId(ids.row);
  const found = rows.find(({ dataset }) => dataset['rule'] === `auditrail-${rule}`);
  if (!found) throw new Error(`no row ${rule}`);
  return within(found);
};

test('lists the rules, tests those with few entries, and sums up', async () => {
  show();
  expect(screen.getByTestId(ids.sum)).toHaveTextContent('Checking the actions of the last 30 days');
  expect(await (await row('brute-force-ip')).findByText('Alerts: 1')).toBeVisible();
  expect(screen.getAllByTestId(ids.row)).toHaveLength(CATALOGUE.length);
  expect((await row('mfa-fatigue')).getByText('Cannot fire')).toBeVisible();
  expect(screen.getByTestId(ids.sum)).toHaveTextContent(/Rules: \d+ · Cannot fire: \d+ · Alerts in 30 days: \d+/);
});

test('many entries are only read on request', async () => {
  loki.values = { 'user.login': 5_001 };
  show();
  const bruteForce = await row('brute-force-ip');
  await userEvent.click(await bruteForce.findByTestId(ids.run));
  expect(await bruteForce.findByText('Alerts: 1')).toBeVisible();
});

test('a rule shows its texts, its alerts with links, and the lines for other thresholds', async () => {
  show('/?rule=auditrail-brute-force-ip');
  const details = within(await screen.findByTestId(ids.details));
  expect(await details.findByText('203.0.113.1')).toBeVisible();
  const link = details.getByRole('link', { name: 'Entries' });
  expect(new URL(link.getAttribute('href') ?? '', 'http://x').searchParams.get('ip')).toBe('203.0.113.1');
  const input = details.getByTestId(ids.threshold('failures'));
  await userEvent.clear(input);
  expect(details.getByText(/A threshold is a whole number/)).toBeVisible();
  expect(details.getByTestId(ids.tryIt)).toBeDisabled();
  await userEvent.type(input, '26');
  expect(details.getByTestId(ids.snippet)).toHaveTextContent('thresholds: auditrail-brute-force-ip: { failures: 26 }');
  await userEvent.click(details.getByTestId(ids.tryIt));
  expect(await details.findByText('Alerts with these thresholds: 0. With those of the rule: 1.')).toBeVisible();
});

test('personal data is masked, also in links', async () => {
  render(
    <At url="/?rule=auditrail-brute-force-account">
      <PersonalDataProvider mayRead={false} mayRecord={false}>
        {page()}
      </PersonalDataProvider>
    </At>,
  );
  const details = within(await screen.findByTestId(ids.details));
  expect(await details.findByText('a•••@example.com')).toBeVisible();
  expect(details.getByRole('link', { name: 'Entries' }).getAttribute('href')).not.toContain('ada');
});

test('the address has the filters', async () => {
  show('/?severity=critical&q=success-after');
  expect(await screen.findAllByTestId(ids.row)).toHaveLength(1);
  await userEvent.click(screen.getByRole('radio', { name: 'With alerts' }));
  expect(screen.getByTestId('address')).toHaveTextContent('?severity=critical&q=success-after&state=fired');
  expect(await screen.findByText('No rules match these filters')).toBeVisible();
});

test('without a keeper, the page states what is missing', async () => {
  show('/?rule=auditrail-chain-broken', false);
  expect(screen.getByText('No keeper')).toBeVisible();
  expect(
    (await row('chain-broken')).getAllByText('Only the keeper can find this, and no keeper is connected.'),
  ).toHaveLength(1);
});

test('a failure is shown, and can be tried again', async () => {
  let down = true;
  loki.gate = () => (down ? Promise.reject(new AuditError('LOKI_UNREACHABLE', 'down')) : Promise.resolve());
  show();
  expect(await screen.findByTestId(table.error)).toBeVisible();
  down = false;
  await userEvent.click(screen.getByTestId(table.retry));
  expect(await (await row('brute-force-ip')).findByText('Alerts: 1')).toBeVisible();
});

test('a keeper tests the rules, with its settings', async () => {
  const of = (id: string, thresholds: object, more: object = {}) => ({
    ...{ id, condition: `the condition of ${id}`, thresholds, isDisabled: false, canFire: true, selections: [] },
    ...{ fired: 0, firings: [], ...more },
  });
  const at = new Date(Date.now() - 3_600_000).toISOString();
  backend.reply = ({ params = {} }) => {
    const { rule, thresholds } = params as Record<string, string>;
    const firings = [{ at, since: at, labels: { client_address: '203.0.113.9' }, value: 41 }];
    const fired = thresholds?.includes('failures=41') ? 1 : 300;
    const all = [
      of('auditrail-brute-force-ip', { failures: 40, minutes: 5 }, { fired, firings }),
      of('auditrail-mass-export', { exports: 10, minutes: 60 }, { isDisabled: true }),
    ];
    return { data: { rules: rule ? [...all, of(rule, {})].filter(({ id }) => id === rule).slice(0, 1) : all } };
  };
  show('/?rule=auditrail-brute-force-ip');
  const bruteForce = await row('brute-force-ip');
  expect(await bruteForce.findByText('Alerts: 300')).toBeVisible();
  expect(bruteForce.getByText('the condition of auditrail-brute-force-ip')).toBeVisible();
  expect((await row('mass-export')).getByText('Disabled')).toBeVisible();
  const details = within(screen.getByTestId(ids.details));
  const input = details.getByTestId(ids.threshold('failures'));
  expect(input).toHaveValue(40);
  await userEvent.clear(input);
  await userEvent.type(input, '41');
  await userEvent.click(details.getByTestId(ids.tryIt));
  expect(await details.findByText('Alerts with these thresholds: 1. With those of the rule: 300.')).toBeVisible();
});
