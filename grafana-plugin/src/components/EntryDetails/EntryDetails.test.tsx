import { webcrypto } from 'node:crypto';
import React from 'react';
import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { axe, toHaveNoViolations } from 'jest-axe';
import { AuditError, parseEntry, type AuditEntryInput } from '@auditrail/core';
import { LOKI_PATHS, type TrailLine } from '@auditrail/core/loki';
import type * as Runtime from '@grafana/runtime';
import { DEFAULT_SETTINGS, type AppSettings } from '../../settings.ts';
import { DEFAULT_VIEW, parseView, type View } from '../../state/view.ts';
import { Trail } from '../../data/trail.ts';
import { FakeLoki, storedLine } from '../../testing/fake-loki.ts';
import { At } from '../../testing/grafana.tsx';
import { maskTrailLine } from '../PersonalData/mask.ts';
import { PersonalDataProvider } from '../PersonalData/PersonalData.tsx';
import { testIds } from '../testIds.ts';
import type { Steps } from './Actions.tsx';
import { DetailsContext } from './details-context.ts';
import { EntryDetails } from './EntryDetails.tsx';
import { exploreLink } from './links.ts';

expect.extend(toHaveNoViolations);

let permissions: string[];
const datasources: Record<string, { uid: string; type: string; name: string }> = {
  tempo: { uid: 'tempo', type: 'tempo', name: 'Tempo' },
  loki: { uid: 'loki', type: 'loki', name: 'Loki' },
};
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual<typeof Runtime>('@grafana/runtime'),
  hasPermission: (action: string) => permissions.includes(action),
  getDataSourceSrv: () => ({ getInstanceSettings: (uid: string) => datasources[uid] }),
}));

const { details } = testIds;
const TIME = '2026-11-21T11:58:00Z';
const FULL: AuditEntryInput = {
  action: 'project.updated',
  description: 'Ada renamed Apollo',
  actor: { type: 'user', id: '7', name: 'Ada Lovelace', email: 'ada@example.com' },
  source: { ip: '10.2.3.4', sessionId: 's-1' },
  target: { type: 'project', id: '42', name: 'Apollo' },
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' },
};

let loki: FakeLoki;
beforeEach(() => {
  permissions = ['datasources:explore'];
  loki = new FakeLoki();
});

function lineOf(input: Partial<AuditEntryInput> = FULL): TrailLine {
  const [ns, line] = storedLine({ ...input, time: TIME });
  return { key: 'k', ns, line, entry: parseEntry(line) };
}

interface Shown {
  view?: View;
  settings?: Partial<AppSettings>;
  steps?: Steps;
  mayRead?: boolean;
}

function show(line = lineOf(), { view, settings, steps, mayRead = true }: Shown = {}) {
  const source = { trail: new Trail(loki), settings: { ...DEFAULT_SETTINGS, ...settings }, ...(view && { view }) };
  return render(
    <PersonalDataProvider mayRead={mayRead} mayRecord>
      <DetailsContext.Provider value={source}>
        <EntryDetails line={line} steps={steps} />
      </DetailsContext.Provider>
    </PersonalDataProvider>,
    { wrapper: ({ children }) => <At url="/">{children}</At> },
  );
}

const hrefOf = (testId: string) => screen.getByTestId(testId).getAttribute('href') ?? '';
const viewOf = (href: string) => parseView(new URL(href, 'http://x').searchParams).view;
const settled = async (state: string) =>
  waitFor(() => expect(screen.getByTestId(details.integrity)).toHaveAttribute('data-state', state));
const counts = () => loki.requests.filter(({ path }) => path === LOKI_PATHS.query);

test('related entries are counted in the day around the entry, and are linked', async () => {
  loki.lines = [storedLine({ time: TIME }), storedLine({ time: TIME })];
  show();
  const around = screen.getByTestId(details.around);
  expect(screen.getByText('within 24 hours of this entry')).toBeVisible();
  await waitFor(() => expect(within(around).getAllByText('2 entries')).toHaveLength(5));
  expect(viewOf(hrefOf(details.relation('target')))).toMatchObject({
    from: '2026-11-20T11:58:00.000Z',
    to: '2026-11-22T11:58:00.000Z',
    filters: [
      { field: 'targetType', operator: 'is', values: ['project'] },
      { field: 'targetId', operator: 'is', values: ['42'] },
    ],
  });
  const fieldOf = (id: string) => viewOf(hrefOf(details.relation(id))).filters.map(({ field }) => field);
  expect(['actor', 'ip', 'session', 'trace'].map(fieldOf)).toEqual([['email'], ['ip'], ['sessionId'], ['traceId']]);
});

test('in a short view, they are counted in its range, but not in a long one', async () => {
  const { unmount } = show(lineOf(), { view: { ...DEFAULT_VIEW, from: 'now-1h', to: 'now' } });
  expect(screen.getByText('in the time range of this view')).toBeVisible();
  expect(viewOf(hrefOf(details.relation('ip')))).toMatchObject({ from: 'now-1h', to: 'now' });
  await settled('unchained');
  unmount();
  show(lineOf(), { view: { ...DEFAULT_VIEW, from: 'now-30d', to: 'now' } });
  expect(screen.getByText('within 24 hours of this entry')).toBeVisible();
  await settled('unchained');
});

test('closing aborts counting, and a brief opening does not start it', async () => {
  const { unmount } = show();
  unmount();
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(loki.requests).toHaveLength(0);
  loki.gate = ({ path }) => (path === LOKI_PATHS.limits ? Promise.resolve() : new Promise(() => {}));
  const second = show();
  await waitFor(() => expect(counts()).toHaveLength(1));
  expect(counts()[0]?.signal?.aborted).toBe(false);
  second.unmount();
  expect(counts()[0]?.signal?.aborted).toBe(true);
});

test('a failed count is reported, and the others continue', async () => {
  let first = true;
  loki.gate = ({ path }) => {
    if (path !== LOKI_PATHS.query || !first) return Promise.resolve();
    first = false;
    return Promise.reject(new AuditError('LOKI_REFUSED', 'no', { status: 500 }));
  };
  show();
  expect(await screen.findByText('not counted')).toBeVisible();
  await waitFor(() => expect(screen.getAllByText('0 entries')).toHaveLength(4));
});

test('masked values are not links, and the chain is checked with the stored line', async () => {
  show(maskTrailLine(lineOf()), { mayRead: false });
  expect(screen.getByTestId(details.relation('target'))).toBeVisible();
  await settled('unchained');
  for (const link of screen.getAllByRole('link')) {
    expect(decodeURIComponent(link.getAttribute('href') ?? '')).not.toMatch(/ada@example|10\.2\.3\.4|•/);
  }
});

describe('the chain around it', () => {
  const chained = () => {
    const line = lineOf();
    line.entry!.chain = { stream: 's', seq: 5, prev: 'a'.repeat(64) };
    return line;
  };
  const secure = () => Object.defineProperty(globalThis, 'crypto', { value: webcrypto, configurable: true });
  const insecure = () => Object.defineProperty(globalThis, 'crypto', { value: {}, configurable: true });
  beforeEach(secure);
  afterAll(secure);

  test('the entry is not part of one', async () => {
    show();
    await settled('unchained');
    expect(screen.getByText('This entry is not part of a chain')).toBeVisible();
  });

  test('its neighbors are missing', async () => {
    show(chained());
    await settled('undecided');
    expect(screen.getByText(/Neither the previous nor the next entry was found within 30 days/)).toBeVisible();
  });

  test('it cannot be checked on a page without HTTPS', async () => {
    insecure();
    show(chained());
    await settled('failed');
    expect(screen.getByText(/only on pages that are opened over HTTPS/)).toBeVisible();
  });

  test('it cannot be read, and can be checked again', async () => {
    loki.gate = () => Promise.reject(new AuditError('LOKI_UNREACHABLE', 'down'));
    show(chained());
    await settled('failed');
    expect(screen.getByText(/The gateway cannot be reached/)).toBeVisible();
    loki.gate = () => Promise.resolve();
    await userEvent.click(screen.getByRole('button', { name: 'Check again' }));
    await settled('undecided');
  });
});

test('the trace opens in Explore with the selected data source', async () => {
  show(lineOf(), { settings: { tracesDatasourceUid: 'tempo' } });
  const url = new URL(hrefOf(details.trace), 'http://x');
  expect(url.pathname).toBe('/explore');
  const { a: pane } = JSON.parse(url.searchParams.get('panes') ?? '') as Record<string, unknown>;
  expect(pane).toEqual({
    datasource: 'tempo',
    queries: [
      { refId: 'A', datasource: { type: 'tempo', uid: 'tempo' }, queryType: 'traceql', query: FULL.trace?.traceId },
    ],
    range: { from: String(Date.parse(TIME) - 3_600_000), to: String(Date.parse(TIME) + 3_600_000) },
  });
  await settled('unchained');
});

test.each([
  ['none is configured', {}, ['datasources:explore'], /No trace data source is configured/],
  ['it is missing', { tracesDatasourceUid: 'gone' }, ['datasources:explore'], /is missing/],
  ['it is not a trace data source', { tracesDatasourceUid: 'loki' }, ['datasources:explore'], /is not Tempo/],
  ['Explore is not permitted', { tracesDatasourceUid: 'tempo' }, [], /requires the permission datasources:explore/],
])('no link to the trace: %s', async (_, settings, granted, why) => {
  permissions = granted;
  show(lineOf(), { settings });
  expect(screen.getByTestId(details.trace)).toHaveAccessibleName(why);
  expect(screen.getByTestId(details.trace)).not.toHaveAttribute('href');
  await settled('unchained');
});

test.each(['datasource', 'route'] as const)(
  'Explore opens with the query and the range of the view: %s',
  async (source) => {
    const filters: View['filters'] = [{ field: 'outcome', operator: 'is', values: ['failure'] }];
    const view: View = { ...DEFAULT_VIEW, from: 'now-6h', to: 'now', filters };
    show(lineOf(), { view, settings: { source, datasourceUid: 'loki' } });
    const { a: pane } = JSON.parse(new URL(hrefOf(details.explore), 'http://x').searchParams.get('panes') ?? '') as {
      a: { queries: Array<{ expr: string }>; range: unknown };
    };
    expect(pane.queries[0]?.expr).toBe('{audit_channel=~".+", audit_outcome="failure"}');
    expect(pane.range).toEqual({ from: 'now-6h', to: 'now' });
    await settled('unchained');
  },
);

test('"today" of the view is the same day in Explore, whatever its time zone', () => {
  const settings = { ...DEFAULT_SETTINGS, source: 'datasource' as const, datasourceUid: 'loki' };
  const way = exploreLink({ ...DEFAULT_VIEW, from: 'now/d', to: 'now' }, settings, 'utc');
  const { a } = JSON.parse(new URL('path' in way ? way.path : '', 'http://x').searchParams.get('panes') ?? '') as {
    a: { range: { from: string; to: string } };
  };
  expect(a.range).toEqual({ from: String(new Date().setUTCHours(0, 0, 0, 0)), to: 'now' });
});

test('the format of the entry can be selected, and the shown text is copied byte for byte', async () => {
  Object.assign(window, { isSecureContext: true });
  const user = userEvent.setup();
  const line = lineOf();
  show(line);
  expect(screen.getByTestId(details.json)).toHaveTextContent(/"action": "project.updated"/);
  await user.click(screen.getByRole('radio', { name: 'Raw line' }));
  expect(screen.getByTestId(details.json).textContent).toBe(line.line);
  await user.click(screen.getByTestId(details.copy));
  expect(await navigator.clipboard.readText()).toBe(line.line);
  await user.click(screen.getByTestId(details.copyLink));
  expect(await navigator.clipboard.readText()).toBe(
    `http://localhost/a/auditrail-auditlog-app?entry=${line.entry?.id}`,
  );
  await settled('unchained');
});

test('steps open the neighbors; the button of the last step has the focus', async () => {
  const older = jest.fn();
  show(lineOf(), { steps: { older, came: 'older' } });
  expect(screen.getByTestId(details.newer)).toBeDisabled();
  expect(screen.getByTestId(details.older)).toHaveFocus();
  await userEvent.keyboard('{Enter}');
  expect(older).toHaveBeenCalledTimes(1);
  await settled('unchained');
});

test('changes are highlighted when the code that compares them is loaded', async () => {
  show(lineOf({ ...FULL, changes: [{ path: 'note', before: 'a quiet day', after: 'a busy day' }] }));
  const changes = screen.getByTestId(details.changes);
  await waitFor(() => expect(within(changes).getByText('quiet').tagName).toBe('DEL'));
  expect(within(changes).getByText('busy').tagName).toBe('INS');
  await settled('unchained');
});

test('text that looks like markup stays text, also in the links', async () => {
  const text = '<img src=x onerror=alert(1)>';
  show(
    lineOf({
      ...FULL,
      description: text,
      actor: { type: 'user', id: text, name: text },
      target: { type: text, id: 'javascript:alert(1)' },
      changes: [{ path: text, before: `${text}\n1`, after: `${text}\n2` }],
    }),
  );
  await settled('unchained');
  expect(document.querySelector('img')).toBeNull();
  expect(document.querySelector('a[href^="javascript:"]')).toBeNull();
  expect(viewOf(hrefOf(details.relation('actor'))).filters[0]?.values).toEqual([text]);
});

test('axe finds nothing', async () => {
  const { container } = show(
    lineOf({ ...FULL, changes: [{ path: 'a', before: { x: 1 }, after: { x: 2 } }], error: { message: 'no' } }),
  );
  await settled('unchained');
  await act(async () => {
    expect(await axe(container)).toHaveNoViolations();
  });
});

test('the time that an entry claims, and the time under which it is stored if they differ', () => {
  const line = lineOf();
  const { unmount } = show(line);
  expect(screen.queryByText('Time stored')).toBeNull();
  unmount();
  show({ ...line, ns: line.ns + 86_400_000_000_001n });
  expect(screen.getByText('Time claimed').nextSibling).toHaveTextContent(TIME);
  expect(screen.getByText('Time stored').nextSibling).toHaveTextContent('2026-11-22T11:58:00.000000001Z');
});
