import React, { useState } from 'react';
import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { Filter } from '@auditrail/core/query';
import type { BackendSrvRequest } from '@grafana/runtime';
import type * as Runtime from '@grafana/runtime';
import type { BackgroundExport } from '../../data/keeper.ts';
import { FakeBackend, type Reply } from '../../testing/fake-backend.ts';
import { At } from '../../testing/grafana.tsx';
import { testIds } from '../testIds.ts';
import ExportsPage from './ExportsPage.tsx';
import ExportsSection from './ExportsSection.tsx';

let backend: FakeBackend;
let permitted = true;
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual<typeof Runtime>('@grafana/runtime'),
  getBackendSrv: () => backend.service,
  hasPermission: () => permitted,
}));

const ids = testIds.backgroundExports;
const filters: Filter[] = [{ field: 'action', operator: 'is any of', values: ['user.login', '<b>x</b> & {{y}}'] }];
const range = { start: 1_767_225_600_000_000_000n, end: 1_769_904_000_000_000_000n };

const PUBLIC_KEY = '-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n';
let kept: BackgroundExport[];
let refuse: ((request: BackendSrvRequest) => Reply | undefined) | undefined;

const made = (number: number, more: Partial<BackgroundExport> = {}): BackgroundExport => ({
  id: `01930000-0000-7000-8000-${String(number).padStart(12, '0')}`,
  name: `Export ${number}.`,
  formats: ['ndjson'],
  from: '2026-01-01T00:00:00Z',
  to: '2026-02-01T00:00:00Z',
  filters: [],
  createdBy: { name: 'Ada', email: 'ada@example.com' },
  status: 'completed',
  createdAt: '2026-11-21T08:30:00Z',
  ...more,
});
const file = (format: string, bytes = 2_048) => ({ format, rows: 3, bytes, sha256: 'x' });

// The keeper, as far as the page asks it.
function reply(request: BackendSrvRequest): Reply {
  const refusal = refuse?.(request);
  if (refusal) return refusal;
  const { method, url } = request;
  if (method !== 'GET') return { data: {} };
  if (url.includes('/files/')) return { data: new Blob(['PK']) };
  const params = new URL(url, 'http://x').searchParams;
  const from = kept.findIndex(({ id }) => id === params.get('before')) + 1;
  const exports = kept.slice(from, from + Number(params.get('limit')));
  const isLast = from + exports.length >= kept.length;
  const signer = { keyId: '00ff00ff', publicKey: PUBLIC_KEY };
  return { data: { exports, total: kept.length, signer, ...(!isLast && { next: exports.at(-1)?.id }) } };
}

beforeEach(() => {
  permitted = true;
  kept = [];
  refuse = undefined;
  backend = new FakeBackend();
  backend.reply = reply;
  Element.prototype.scrollIntoView = () => {};
});
afterEach(() => jest.restoreAllMocks());

function Section({ configured = true }) {
  const [dialogOpen, setDialogOpen] = useState(false);
  const view = { query: { filters, search: 'tea' }, range, columns: ['when', 'project', 'ip'] };
  return <ExportsSection {...{ configured, dialogOpen, ...view }} onDialogOpen={setDialogOpen} />;
}

const show = (page: React.ReactElement) => render(page, { wrapper: ({ children }) => <At url="/">{children}</At> });

async function openSection() {
  show(<Section />);
  await userEvent.click(await screen.findByRole('button', { name: `Exports (${kept.length})` }));
}

async function openDialog() {
  await userEvent.click(await screen.findByRole('button', { name: 'New background export' }));
  // The dialog takes the focus a moment later, and would receive the typed text.
  await waitFor(() => expect(screen.getByRole('dialog')).toContainElement(document.activeElement as HTMLElement));
}

const asked = (method: string) =>
  backend.requests
    .filter((request) => request.method === method)
    .map(({ url }) => url.replace('/api/plugin-proxy/auditrail-auditlog-app/keeper/v1/exports', ''));

test('the public key that verifies the exports is shown with them', async () => {
  kept = [made(1)];
  await openSection();
  const signer = await screen.findByTestId(ids.signer);
  expect(signer).toHaveTextContent('Public key to verify these exports: 00ff00ff');
  expect(signer.querySelector('pre')).toHaveTextContent('-----BEGIN PUBLIC KEY----- MCow -----END PUBLIC KEY-----');
});

test('an export is started with name and formats, with the view as text, and is then in the list', async () => {
  await openSection();
  await openDialog();
  const dialog = within(screen.getByTestId(ids.dialog));
  expect(dialog.getByTestId(ids.words)).toHaveTextContent('2026-01-01 00:00 to 2026-02-01 00:00 (UTC)');
  expect(dialog.getByText('Action is any of user.login, <b>x</b> & {{y}}')).toBeVisible();
  expect(dialog.getByText('Search “tea”')).toBeVisible();
  expect(dialog.getByText('Files can be downloaded for 7 days and are then deleted')).toBeVisible();
  const button = dialog.getByTestId(ids.start);
  expect(button).toBeDisabled();
  await userEvent.type(dialog.getByTestId(ids.name), '  Q1 ');
  await userEvent.click(dialog.getByTestId(ids.format('csv')));
  await userEvent.click(dialog.getByTestId(ids.format('ndjson')));
  await userEvent.click(dialog.getByTestId(ids.format('cef')));
  kept = [made(1, { name: 'Q1', status: 'queued' })];
  await userEvent.click(button);
  expect(await screen.findByTestId(ids.row)).toHaveTextContent('Q1');
  expect(screen.queryByTestId(ids.dialog)).not.toBeInTheDocument();
  expect(backend.requests.find(({ method }) => method === 'POST')?.data).toEqual({
    ...{ name: 'Q1', formats: ['csv', 'cef'], filters, search: 'tea', columns: ['scope.project', 'ip'] },
    ...{ from: '2026-01-01T00:00:00.000000000Z', to: '2026-02-01T00:00:00.000000000Z' },
  });
});

test('a refusal of the keeper is shown in the dialog with the invalid fields, and can be corrected', async () => {
  await openSection();
  refuse = ({ method }) =>
    method === 'POST'
      ? { status: 400, data: { detail: 'See errors', errors: [{ path: 'name', message: 'is bad' }] } }
      : undefined;
  await openDialog();
  await userEvent.type(screen.getByTestId(ids.name), 'a/b');
  await userEvent.click(screen.getByTestId(ids.start));
  expect(await screen.findByText('See errors; name: is bad')).toBeVisible();
  expect(screen.getByTestId(ids.start)).toBeEnabled();
});

test('each status has its actions', async () => {
  kept = [
    made(1, { status: 'queued' }),
    made(2, { status: 'running', progress: { rows: 1_234_567, bytes: 2_048, done: 0.427 } }),
    made(3, { rows: 3, files: [file('csv'), file('ndjson')], expiresAt: '2026-11-28T08:30:00Z' }),
    made(4, { status: 'failed', error: { code: 'STORAGE_LIMIT', message: 'delete some' } }),
    made(5, { status: 'cancelled' }),
    made(6, { status: 'expired' }),
  ];
  await openSection();
  const rows = screen.getAllByTestId(ids.row).map((row) => within(row));
  const words = rows.map((row) => row.getByTestId(ids.status).textContent);
  expect(words).toEqual([
    'Queued',
    'Running 42 %',
    'Completeduntil 2026-11-28',
    'Faileddelete some',
    'Cancelled',
    'Expired',
  ]);
  expect(screen.getByText('1,234,567')).toBeVisible();
  expect(rows.map((row) => row.queryByTestId(ids.cancel) !== null)).toEqual([true, true, false, false, false, false]);
  expect(rows.map((row) => row.queryByTestId(ids.rerun) !== null)).toEqual([false, false, true, true, true, true]);
  expect(screen.getAllByRole('button', { name: /^Download (CSV|NDJSON) with its manifest/ })).toHaveLength(2);
  await userEvent.click(rows[1]!.getByTestId(ids.cancel));
  await userEvent.click(rows[3]!.getByTestId(ids.rerun));
  expect(asked('POST')).toEqual([`/${kept[1]?.id}/cancel`, `/${kept[3]?.id}/rerun`]);
});

test('a running export is followed', async () => {
  jest.useFakeTimers({ advanceTimers: true });
  try {
    kept = [made(1, { status: 'running' })];
    show(<ExportsPage configured />);
    expect(await screen.findByText('Running')).toBeVisible();
    kept = [made(1, { rows: 1, files: [file('ndjson')] })];
    await act(() => jest.advanceTimersByTimeAsync(2_500));
    expect(await screen.findByText('Completed')).toBeVisible();
    const before = backend.requests.length;
    await act(() => jest.advanceTimersByTimeAsync(10_000));
    expect(backend.requests).toHaveLength(before);
  } finally {
    jest.useRealTimers();
  }
});

test('it is deleted only after confirmation', async () => {
  kept = [made(1)];
  await openSection();
  await userEvent.click(screen.getByTestId(ids.remove));
  expect(screen.getByText(/The files of "Export 1\." will be permanently deleted/)).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  expect(asked('DELETE')).toEqual([]);
  await userEvent.click(screen.getByTestId(ids.remove));
  await userEvent.click(screen.getByRole('button', { name: 'Delete' }));
  await waitFor(() => expect(asked('DELETE')).toEqual([`/${kept[0]?.id}`]));
});

test('a file is passed to the browser; a large one is downloaded by the browser itself', async () => {
  const clicked: string[] = [];
  jest.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    clicked.push(`${this.download} ${this.getAttribute('href')}`);
  });
  URL.createObjectURL = () => 'blob:x';
  kept = [made(1, { files: [file('ndjson'), file('csv', 300_000_000)] })];
  await openSection();
  await userEvent.click(screen.getByTestId(ids.download('ndjson')));
  await waitFor(() => expect(clicked).toEqual(['Export 1..ndjson.zip blob:x']));
  await userEvent.click(screen.getByTestId(ids.download('csv')));
  await waitFor(() => expect(clicked[1]).toContain(`/keeper/v1/exports/${kept[0]?.id}/files/csv`));
  expect(asked('GET').filter((path) => path.includes('/files/'))).toEqual([`/${kept[0]?.id}/files/ndjson`]);
});

test('the refusal of a download, which arrives as a file, is shown with its message', async () => {
  const { Blob: NodeBlob } = jest.requireActual<{ Blob: typeof Blob }>('node:buffer');
  global.Blob = NodeBlob;
  kept = [made(1, { files: [file('ndjson')] })];
  refuse = ({ url }) =>
    url.includes('/files/')
      ? { status: 503, data: new NodeBlob(['{"detail":"The entry could not be written"}']) }
      : undefined;
  await openSection();
  await userEvent.click(screen.getByTestId(ids.download('ndjson')));
  expect(await screen.findByText('The entry could not be written')).toBeVisible();
});

test.each([
  [502, undefined, /could not be reached/],
  [0, undefined, /could not be reached, or its response was interrupted/],
  [403, { message: 'plugin proxy route access denied' }, /Ask an administrator for the "Audit log exporter" role/],
  [401, { detail: 'Not known' }, /Not known\. Check the gateway on the configuration page/],
  [401, { error: 'the token is unknown' }, /the token is unknown\. Check the gateway/],
  [403, { error: 'a token for read cannot do this' }, /cannot do this\. Check the gateway/],
  [404, '<html>', /refused the request \(404\)/],
])('the response %s is explained', async (status, data, words) => {
  refuse = () => ({ status, data });
  show(<ExportsPage configured />);
  expect(await screen.findByTestId(ids.error)).toHaveTextContent(words);
});

test('the section shows the newest and links to the page, which shows all', async () => {
  kept = Array.from({ length: 120 }, (_, i) => made(i));
  const { unmount } = show(<Section />);
  await userEvent.click(await screen.findByRole('button', { name: 'Exports (120)' }));
  expect(screen.getAllByTestId(ids.row)).toHaveLength(10);
  expect(screen.getByRole('link', { name: 'All 120 exports' })).toHaveAttribute(
    'href',
    '/a/auditrail-auditlog-app/exports',
  );
  unmount();
  show(<ExportsPage configured />);
  for (const shown of [50, 100]) {
    await waitFor(() => expect(screen.getAllByTestId(ids.row)).toHaveLength(shown));
    await userEvent.click(screen.getByRole('button', { name: `Show more (${shown} of 120)` }));
  }
  await waitFor(() => expect(screen.getAllByTestId(ids.row)).toHaveLength(120));
  expect(screen.queryByTestId(ids.more)).not.toBeInTheDocument();
});

test('without a keeper, it states how to set one up; without the permission, whom to ask', () => {
  show(<Section configured={false} />);
  expect(screen.getByTestId(ids.notConfigured)).toHaveTextContent('Start auditrail serve');
  expect(screen.getByRole('link', { name: 'Open the configuration' })).toBeVisible();
  permitted = false;
  show(<ExportsPage configured />);
  expect(screen.getByTestId(ids.page)).toHaveTextContent('Ask an administrator for the "Audit log exporter" role');
  expect(backend.requests).toHaveLength(0);
});

test('texts of users stay text', async () => {
  const name = '<img src=x onerror=alert(1)> {{x}} & "q"';
  kept = [made(1, { name, filters, createdBy: { name: '<b>Eve</b>' } })];
  await openSection();
  expect(screen.getByText(name)).toBeVisible();
  expect(screen.getByText('<b>Eve</b>')).toBeVisible();
  expect(screen.getByText('Action is any of user.login, <b>x</b> & {{y}}')).toBeVisible();
  expect(screen.getByRole('button', { name: `Delete ${name}` })).toBeVisible();
  expect(document.querySelector('td img, td b')).toBeNull();
});
