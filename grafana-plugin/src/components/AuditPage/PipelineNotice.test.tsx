import React from 'react';
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type * as Runtime from '@grafana/runtime';
import type { PipelineProblem } from '../../data/pipeline-health.ts';
import { PATHS, PERMISSIONS } from '../../constants.ts';
import { FakeBackend } from '../../testing/fake-backend.ts';
import { testIds } from '../testIds.ts';
import { PipelineNotice } from './PipelineNotice.tsx';

let backend: FakeBackend;
let permissions: string[];
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual<typeof Runtime>('@grafana/runtime'),
  getBackendSrv: () => backend.service,
  hasPermission: (action: string) => permissions.includes(action),
}));

const MINUTE_MS = 60_000;
let problems: unknown[];
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS).toISOString();
const refused = (since: string, count = 3): PipelineProblem => ({
  ...{ code: 'LOKI_DISCARDS', reason: 'line_too_long', count, since, last: ago(0) },
});

beforeEach(() => {
  jest.useFakeTimers({ now: new Date('2026-11-21T06:18:19Z') });
  problems = [];
  permissions = Object.values(PERMISSIONS);
  backend = new FakeBackend();
  backend.reply = () => ({ data: { watched: true, problems } });
});
afterEach(() => jest.useRealTimers());

const region = () => screen.getByTestId(testIds.page.pipeline);
async function passes(ms: number) {
  await act(() => jest.advanceTimersByTimeAsync(ms));
}
async function show() {
  render(<PipelineNotice />);
  await passes(0);
}

test('reports which entries may be missing, why, and the remedy, with a link to the documentation', async () => {
  problems = [refused('2026-11-21T06:06:30Z')];
  await show();
  expect(region()).toHaveTextContent('Entries of the last 12 min may be missing');
  expect(region()).toHaveTextContent('Loki refused entries: line_too_long, 3 so far.');
  expect(region()).toHaveTextContent("Check this setting in Loki's configuration: max_line_size: 1MB.");
  expect(region()).not.toHaveTextContent('administrator');
  expect(screen.getByRole('link', { name: 'Causes and remedies' })).toHaveAttribute('href', PATHS.help);
  expect(region()).toHaveAttribute('aria-live', 'polite');
  expect(backend.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET /api/plugin-proxy/auditrail-auditlog-app/v1/health/pipeline',
  ]);
});

test('a user without the permission to change settings is referred to an administrator', async () => {
  permissions = [PERMISSIONS.readEntries];
  problems = [refused(ago(3))];
  await show();
  expect(region()).toHaveTextContent('Loki refused entries: line_too_long, 3 so far.');
  expect(region()).toHaveTextContent('Tell an administrator');
  expect(region()).not.toHaveTextContent('max_line_size');
});

test.each([
  ['LOKI_SILENT', 'Loki does not answer. Check that Loki is running.'],
  ['COLLECTOR_SILENT', 'The collector does not answer. Check that the collector is running.'],
  ['LOKI_DISK_FULL', "Loki's disk is full. Free space"],
  ['QUEUE_STUCK', "The collector cannot deliver entries to Loki. The collector's log has the reason."],
  ['A_LATER_CODE', 'The collector cannot deliver entries to Loki.'],
])('%s makes entries late', async (code, cause) => {
  problems = [{ code, since: ago(1), last: ago(0) }];
  await show();
  expect(region()).toHaveTextContent('Entries of the last 1 min may be late');
  expect(region()).toHaveTextContent(cause);
});

test.each([
  ['too_far_in_future', 'Correct the clock'],
  ['a_later_reason', "Look for this reason in Loki's log"],
])('the remedy for %s', async (reason, remedy) => {
  problems = [{ ...refused(ago(1)), reason }];
  await show();
  expect(region()).toHaveTextContent(remedy);
});

test('several causes are one warning', async () => {
  problems = ['LOKI_SILENT', 'QUEUE_STUCK', 'COLLECTOR_FAILS'].map((code) => ({ code, since: ago(4), last: ago(0) }));
  await show();
  expect(screen.getAllByRole('listitem')).toHaveLength(3);
  expect(screen.getAllByRole('button', { name: /close/i })).toHaveLength(1);
});

test('a loss that is over stays, with its start and end', async () => {
  problems = [{ ...refused('2026-11-21T06:06:30Z'), last: '2026-11-21T06:10:00Z' }];
  await show();
  expect(region()).toHaveTextContent(
    'Entries between 2026-11-21 06:06:30 UTC and 2026-11-21 06:10:00 UTC may be missing',
  );
  expect(region()).toHaveTextContent('Not seen again since then.');
});

test('reports that entries arrive again, for five minutes', async () => {
  await show();
  expect(region()).toBeEmptyDOMElement();
  problems = [{ code: 'LOKI_SILENT', since: '2026-11-21T06:17:00Z', last: ago(0) }];
  await passes(30_000);
  expect(region()).toHaveTextContent('may be late');
  problems = [];
  await passes(30_000);
  expect(region()).toHaveTextContent('Entries arrive again');
  expect(region()).toHaveTextContent('Refresh to see entries since 2026-11-21 06:17:00 UTC that came late.');
  expect(region()).not.toHaveTextContent('may be late');
  await passes(330_000);
  expect(region()).toBeEmptyDOMElement();
});

test('a loss that the keeper no longer reports is not reported as arriving', async () => {
  problems = [refused(ago(20))];
  await show();
  problems = [];
  await passes(30_000);
  expect(region()).toBeEmptyDOMElement();
});

test('a keeper that stops responding is queried less and less often; its last report stays, with a note', async () => {
  problems = [refused(ago(1))];
  await show();
  const reply = backend.reply;
  backend.reply = () => ({ status: 502 });
  await passes(10 * MINUTE_MS);
  // After half a minute, then 1, 2 and 4 minutes later.
  expect(backend.requests).toHaveLength(5);
  expect(region()).toHaveTextContent('The keeper stopped answering, so this may be out of date.');
  expect(region()).toHaveTextContent('Entries between');
  backend.reply = reply;
  problems = [];
  await passes(10 * MINUTE_MS);
  expect(region()).toBeEmptyDOMElement();
});

test('stays dismissed during the same occurrence', async () => {
  const user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
  const since = ago(2);
  problems = [refused(since)];
  await show();
  await user.click(screen.getByRole('button', { name: /close/i }));
  problems = [refused(since, 9)];
  await passes(30_000);
  expect(region()).toBeEmptyDOMElement();
  problems = [refused(ago(0))];
  await passes(30_000);
  expect(region()).toHaveTextContent('may be missing');
});

test.each([
  ['is down', { status: 502 }],
  ['is older', { status: 404, data: { code: 'NOT_FOUND' } }],
  ['answers something else', { data: '<html>' }],
  ['has odd problems', { data: { problems: [null, 1, { code: 'LOKI_WAL' }, { ...refused(ago(1)), since: 'soon' }] } }],
])('shows nothing if the keeper %s', async (_, reply) => {
  backend.reply = () => reply;
  await show();
  expect(region()).toBeEmptyDOMElement();
});

test.each([403, 404])('a keeper that responds with %d is not queried again', async (status) => {
  backend.reply = () => ({ status, data: {} });
  await show();
  await passes(60 * MINUTE_MS);
  expect(backend.requests).toHaveLength(1);
});
