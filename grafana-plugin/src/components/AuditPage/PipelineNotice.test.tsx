import React from 'react';
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type * as Runtime from '@grafana/runtime';
import type { PipelineProblem } from '../../data/pipeline-health.ts';
import { FakeBackend } from '../../testing/fake-backend.ts';
import { testIds } from '../testIds.ts';
import { PipelineNotice } from './PipelineNotice.tsx';

let backend: FakeBackend;
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual<typeof Runtime>('@grafana/runtime'),
  getBackendSrv: () => backend.service,
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

test('says which entries may be missing, why, since when, and where the remedy is', async () => {
  problems = [refused('2026-11-21T06:06:30Z')];
  await show();
  expect(region()).toHaveTextContent('Entries of the last 12 min may be missing');
  expect(region()).toHaveTextContent('Loki refuses entries: line_too_long, 3 so far.');
  expect(region()).toHaveTextContent('Since 2026-11-21 06:06, last seen at 2026-11-21 06:18.');
  expect(region()).toHaveTextContent('docs/doctor.md');
  expect(region()).toHaveAttribute('aria-live', 'polite');
  expect(backend.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET /api/plugin-proxy/auditrail-auditlog-app/v1/health/pipeline',
  ]);
});

test.each([
  ['LOKI_SILENT', 'Loki does not answer.'],
  ['COLLECTOR_SILENT', 'The collector does not answer.'],
  ['LOKI_DISK_FULL', "Loki's disk is full."],
  ['QUEUE_STUCK', 'The collector cannot deliver entries to Loki.'],
  ['A_LATER_CODE', 'The collector cannot deliver entries to Loki.'],
])('%s makes entries late', async (code, cause) => {
  problems = [{ code, since: ago(1), last: ago(0) }];
  await show();
  expect(region()).toHaveTextContent('Entries of the last 1 min may be late');
  expect(region()).toHaveTextContent(cause);
});

test('appears and goes as the keeper says', async () => {
  await show();
  expect(region()).toBeEmptyDOMElement();
  problems = [refused(ago(0))];
  await passes(30_000);
  expect(region()).toHaveTextContent('may be missing');
  problems = [];
  await passes(30_000);
  expect(region()).toBeEmptyDOMElement();
});

test('stays dismissed while it is the same occurrence', async () => {
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
  ['has odd problems', { data: { problems: [null, 1, { code: 'LOKI_WAL' }] } }],
])('says nothing where the keeper %s', async (_, reply) => {
  backend.reply = () => reply;
  await show();
  expect(region()).toBeEmptyDOMElement();
});
