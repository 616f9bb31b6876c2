import React from 'react';
import { createHash } from 'node:crypto';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { type otlpLogs } from '@auditrail/core';
import { LOKI_PATHS } from '@auditrail/core/loki';
import type * as Runtime from '@grafana/runtime';
import { DOWNLOAD_ENTRY_SHAPE, downloadEntryShape } from '../../../../core/src/testing/shape-of.ts';
import { FakeBackend } from '../../testing/fake-backend.ts';
import { FakeLoki, storedLine } from '../../testing/fake-loki.ts';
import { testIds } from '../testIds.ts';
import { ExportMenu } from './ExportMenu.tsx';
import { InstantExportStatus } from './InstantExportStatus.tsx';
import { useInstantExport } from './use-instant-export.ts';

let backend: FakeBackend;
let permitted = true;
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual<typeof Runtime>('@grafana/runtime'),
  getBackendSrv: () => backend.service,
  hasPermission: () => permitted,
}));

const ids = testIds.instantExport;
const query = { filters: [{ field: 'action' as const, operator: 'is' as const, values: ['user.login'] }], search: 'x' };
const DAY = 86_400_000_000_000n;
const NOON = BigInt(Date.parse('2026-11-21T12:00:00Z')) * 1_000_000n;
const range = { start: NOON - DAY, end: NOON };

let loki: FakeLoki;
let handedOut: Blob[];
let onBackground: jest.Mock | undefined;
// jsdom's own Blob cannot be read.
const { Blob: NodeBlob } = jest.requireActual<{ Blob: typeof Blob }>('node:buffer');

beforeEach(() => {
  permitted = true;
  onBackground = undefined;
  backend = new FakeBackend();
  loki = new FakeLoki();
  loki.lines = [
    storedLine({ time: '2026-11-21T11:00:00Z', description: '=1+1', scope: { project: 'Apollo' } }),
    storedLine({ time: '2026-11-21T10:00:00Z', description: 'Zoë' }),
  ];
  handedOut = [];
  global.Blob = NodeBlob;
  URL.createObjectURL = (blob: Blob) => {
    handedOut.push(blob);
    return 'blob:x';
  };
  jest.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation();
});
afterEach(() => {
  jest.restoreAllMocks();
  delete (window as { showSaveFilePicker?: unknown }).showSaveFilePicker;
});

function Page() {
  const exporting = useInstantExport({ loki, query, range, columns: ['when', 'project'] });
  return (
    <>
      <ExportMenu exporting={exporting} onBackground={onBackground} />
      <InstantExportStatus exporting={exporting} onBackground={onBackground} />
    </>
  );
}

async function choose(format: string) {
  render(<Page />);
  await userEvent.click(screen.getByTestId(ids.menu));
  await userEvent.click(await screen.findByTestId(ids.format(format)));
}

interface OwnEntry {
  action: string;
  target: { name: string };
  properties: Record<string, unknown>;
}
function written(): OwnEntry {
  const { resourceLogs } = backend.requests[0]?.data as ReturnType<typeof otlpLogs>;
  const { stringValue = '' } = resourceLogs[0]?.scopeLogs[0]?.logRecords[0]?.body ?? {};
  return JSON.parse(stringValue) as OwnEntry;
}

test('a file is complete only after the log has accepted the entry about it', async () => {
  let handedOutBefore = -1;
  backend.reply = () => {
    handedOutBefore = handedOut.length;
    return { data: {} };
  };
  await choose('csv');
  await screen.findByTestId(ids.done);
  expect(handedOutBefore).toBe(0);
  const [blob, ...more] = handedOut;
  expect(more).toEqual([]);
  const bytes = Buffer.from(await blob!.arrayBuffer());
  const text = bytes.toString('utf8');
  expect(text.startsWith('\ufeffid,timestamp,')).toBe(true);
  expect(text.split('\r\n')[0]).toContain(',scope_project,timestamp_stored,changes,');
  expect(text).toContain("'=1+1");
  expect(text.split('\r\n')).toHaveLength(4);
  expect(written()).toMatchObject({
    action: 'audit.export.downloaded',
    target: { name: expect.stringMatching(/^audit-log-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-filtered\.csv$/) },
    properties: {
      formats: ['csv'],
      filters: query.filters,
      search: 'x',
      range: { from: '2026-11-20T12:00:00.000000000Z', to: '2026-11-21T12:00:00.000000000Z' },
      rows: 2,
      files: [{ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }],
    },
  });
  expect(downloadEntryShape(written())).toEqual(DOWNLOAD_ENTRY_SHAPE);
});

test('the entry about a range that ends in the future states that it ends now', async () => {
  jest.spyOn(Date, 'now').mockReturnValue(Date.parse('2026-11-21T11:30:00Z'));
  await choose('csv');
  await screen.findByTestId(ids.done);
  expect(written()).toMatchObject({ properties: { range: { to: '2026-11-21T11:30:00.000000000Z' } } });
});

test.each([
  ['the collector is down', () => ({ status: 502 }), 'Check that the collector is running'],
  [
    'rejected',
    () => ({ data: { partialSuccess: { rejectedLogRecords: 1, errorMessage: 'no' } } }),
    'rejected the entry: no',
  ],
  [
    'no permission',
    () => ({ status: 403, data: { message: 'plugin proxy route access denied' } }),
    'Audit log exporter',
  ],
])('no file is created if the entry is not written: %s', async (_, reply, words) => {
  backend.reply = reply;
  await choose('json');
  const failed = await screen.findByTestId(ids.failed);
  expect(failed).toHaveTextContent('No file was created');
  expect(failed).toHaveTextContent(words);
  expect(handedOut).toEqual([]);
});

test('a canceled export is neither recorded nor downloaded', async () => {
  let stopped = false;
  loki.gate = ({ path, signal }) =>
    path !== LOKI_PATHS.queryRange
      ? Promise.resolve()
      : new Promise((_, reject) =>
          signal?.addEventListener('abort', () => {
            stopped = true;
            reject(new DOMException('aborted', 'AbortError'));
          }),
        );
  await choose('ndjson');
  expect(await screen.findByText('0 of 2 entries')).toBeVisible();
  await userEvent.click(screen.getByTestId(ids.cancel));
  await waitFor(() => expect(stopped).toBe(true));
  expect(screen.queryByTestId(ids.progress)).not.toBeInTheDocument();
  expect(screen.queryByTestId(ids.failed)).not.toBeInTheDocument();
  expect(backend.requests).toEqual([]);
  expect(handedOut).toEqual([]);
});

test('a read error is reported', async () => {
  loki.gate = () => Promise.reject(new Error('surprise'));
  await choose('csv');
  expect(await screen.findByTestId(ids.failed)).toHaveTextContent('surprise');
});

describe('too many entries for a download', () => {
  beforeEach(() => {
    const get = loki.get.bind(loki);
    loki.get = async (path, params, signal) =>
      path === LOKI_PATHS.query
        ? { data: { resultType: 'vector', result: [{ metric: {}, value: [0, '100001'] }] } }
        : get(path, params, signal);
  });

  test('are reported, with alternatives; nothing is read', async () => {
    onBackground = jest.fn();
    await choose('csv');
    expect(await screen.findByTestId(ids.tooLarge)).toHaveTextContent('100,001 entries are too many for a download');
    expect(loki.queries).toEqual([]);
    expect(screen.queryByTestId(ids.save)).not.toBeInTheDocument();
    await userEvent.click(screen.getByTestId(ids.toBackground));
    expect(onBackground).toHaveBeenCalled();
  });

  const picker = (log: string[]) => () =>
    Promise.resolve({
      createWritable: () =>
        Promise.resolve({
          write: (bytes: Uint8Array) => Promise.resolve(void log.push(Buffer.from(bytes).toString('utf8'))),
          close: () => Promise.resolve(void log.push('closed')),
          abort: () => Promise.resolve(void log.push('aborted')),
        }),
    });

  test.each([
    ['closed once the log has the entry', () => ({ data: {} }), ids.done, 'closed'],
    ['deleted if it has not', () => ({ status: 502 }), ids.failed, 'aborted'],
  ])('can be saved directly to a file, which is %s', async (_, reply, outcome, last) => {
    const log: string[] = [];
    Object.assign(window, { showSaveFilePicker: picker(log) });
    backend.reply = () => {
      log.push('entry');
      return reply();
    };
    await choose('ndjson');
    await userEvent.click(await screen.findByTestId(ids.save));
    await screen.findByTestId(outcome);
    expect(log.slice(-2)).toEqual(['entry', last]);
    expect(log.slice(0, -2).join('')).toBe(loki.lines.map(([, line]) => `${line}\n`).join(''));
    expect(handedOut).toEqual([]);
  });
});

test('without the permission to export, the page states whom to ask', async () => {
  permitted = false;
  render(<Page />);
  const button = screen.getByTestId(ids.menu);
  expect(button).toHaveAttribute('aria-disabled', 'true');
  await userEvent.hover(button);
  expect(await screen.findByText(/Audit log exporter/)).toBeVisible();
  await userEvent.click(button);
  expect(screen.queryByTestId(ids.format('csv'))).not.toBeInTheDocument();
});
