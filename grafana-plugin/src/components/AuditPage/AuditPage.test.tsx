import React from 'react';
import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { axe, toHaveNoViolations } from 'jest-axe';
import { AuditError, canonicalJson } from '@auditrail/core';
import { LOKI_PATHS } from '@auditrail/core/loki';
import { Trail } from '../../data/trail.ts';
import { FakeLoki, storedLine } from '../../testing/fake-loki.ts';
import { At } from '../../testing/grafana.tsx';
import { testIds } from '../testIds.ts';
import { AuditPage } from './AuditPage.tsx';

expect.extend(toHaveNoViolations);

const NOW = Date.parse('2026-11-21T12:00:00Z');
const { page, table, details, filters } = testIds;

let loki: FakeLoki;
beforeEach(() => {
  jest.useFakeTimers({ now: NOW, advanceTimers: true });
  loki = new FakeLoki();
  loki.lines = [
    storedLine({
      time: '2026-11-21T11:58:00Z',
      action: 'project.updated',
      description: 'Ada renamed Apollo',
      actor: { type: 'user', name: 'Ada Lovelace', email: 'ada@example.com' },
      target: { type: 'project', id: '42' },
      source: { ip: '10.2.3.4' },
      changes: [
        { path: 'name', before: 'Apolo', after: 'Apollo' },
        { path: 'tags', after: ['moon'] },
      ],
    }),
    storedLine({
      time: '2026-11-21T11:00:00Z',
      description: 'Ada failed to sign in',
      error: { code: 'BAD', message: 'wrong password' },
    }),
    storedLine({
      time: '2026-11-21T10:00:00Z',
      action: 'backup.created',
      description: 'Backup made',
      actor: { type: 'system' },
    }),
  ];
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

const user = userEvent.setup({ advanceTimers: (ms) => jest.advanceTimersByTime(ms) });
const show = (url = '/') =>
  render(<AuditPage trail={new Trail(loki)} />, { wrapper: ({ children }) => <At url={url}>{children}</At> });
const rows = () => screen.findAllByTestId(table.row);
const address = () => screen.getByTestId('address').textContent;

test('shows who did what, newest first', async () => {
  show();
  const [first, second, third, ...more] = (await rows()).map((row) => within(row));
  expect(more).toHaveLength(0);
  expect(first?.getByTestId(table.when)).toHaveTextContent('2026-11-21 11:58:002 minutes ago');
  expect(first?.getByTestId(table.actor)).toHaveTextContent('Ada Lovelaceada@example.com');
  expect(first?.getByTestId(table.action)).toHaveTextContent('project.updated');
  expect(first?.getByTestId(table.eventBadge)).toHaveTextContent('updated');
  expect(first?.getByTestId(table.target)).toHaveTextContent('Project #42');
  expect(first?.getByTestId(table.result)).toHaveTextContent('success');
  expect(first?.getByTestId(table.ip)).toHaveTextContent('10.2.3.4');
  expect(first?.getByTestId(table.description)).toHaveTextContent('Ada renamed Apollo');
  expect(second?.getByTestId(table.result)).toHaveTextContent('failure');
  expect(second?.getByTestId(table.target)).toHaveTextContent('—');
  expect(third?.getByTestId(table.actor)).toHaveTextContent('System');
  expect(await screen.findByText('3 entries · newest first')).toBeVisible();
});

test('counts an entry that was stored several times as one row', async () => {
  const chain = (seq: number) => ({ stream: 's', seq, prev: null });
  const [one] = loki.lines;
  const entry = JSON.parse(one![1]) as object;
  loki.lines.push(...[1, 2].map((seq): [bigint, string] => [one![0], canonicalJson({ ...entry, chain: chain(seq) })]));
  show();
  expect(
    await screen.findByText('3 entries (5 stored lines, including repeated deliveries) · newest first'),
  ).toBeVisible();
  expect(await rows()).toHaveLength(3);
});

test('a row opens in place by keyboard: fields, changes, the whole entry', async () => {
  show();
  const [row] = await rows();
  const button = within(row!).getByRole('button', { name: 'Show details of project.updated, 2026-11-21 11:58:00' });
  expect(button).toHaveAttribute('aria-expanded', 'false');
  button.focus();
  await user.keyboard('{Enter}');
  expect(button).toHaveAttribute('aria-expanded', 'true');
  const changes = screen.getByTestId(details.changes);
  expect(
    within(changes)
      .getAllByRole('row')
      .map((line) => line.textContent),
  ).toEqual(['FieldBeforeAfter', 'name changedApoloApollo', 'tags addednot set[\n  "moon"\n]']);
  expect(JSON.parse(screen.getByTestId(details.json).textContent)).toEqual(JSON.parse(loki.lines[0]![1]));
  await user.keyboard(' ');
  expect(screen.queryByTestId(details.container)).not.toBeInTheDocument();
});

test('a failure shows its reason', async () => {
  show();
  const [, row] = await rows();
  await user.click(within(row!).getByTestId(table.expand));
  expect(screen.getByText('BAD: wrong password')).toBeVisible();
});

test('the details can be copied', async () => {
  // The clipboard requires a secure context.
  Object.assign(window, { isSecureContext: true });
  show();
  await user.click((await screen.findAllByTestId(table.expand))[0]!);
  await user.click(screen.getByTestId(details.copy));
  expect(await navigator.clipboard.readText()).toBe(screen.getByTestId(details.json).textContent);
});

test('text that looks like markup stays text', async () => {
  const attack = '<img src=x onerror=alert(1)>';
  loki.lines = [
    storedLine({
      time: '2026-11-21T11:00:00Z',
      description: attack,
      actor: { type: 'user', name: attack, email: attack },
      target: { type: attack, id: attack },
      source: { ip: attack },
      changes: [{ path: attack, after: attack }],
    }),
  ];
  const { container } = show();
  await user.click(await screen.findByTestId(table.expand));
  expect(container.querySelector('img')).toBeNull();
  expect(screen.getByTestId(table.description)).toHaveTextContent(attack);
});

test('a line that is not an entry is shown with its problem', async () => {
  loki.lines.push([BigInt(NOW) * 1_000_000n, 'no {entry']);
  show();
  const row = await screen.findByTestId(table.unreadable);
  expect(row).toHaveTextContent('cannot be read as an entry: invalid audit entry: the line is not JSON');
  expect(row).toHaveTextContent('no {entry');
  expect(await rows()).toHaveLength(3);
});

test('while it loads, placeholders are shown, and the count does not delay the rows', async () => {
  const answers: Array<() => void> = [];
  let held = true;
  loki.gate = ({ path }) =>
    held && path === LOKI_PATHS.query ? new Promise((resolve) => answers.push(resolve)) : Promise.resolve();
  show();
  expect(screen.getByTestId(table.loading)).toBeInTheDocument();
  await rows();
  expect(screen.getByTestId(page.count)).toHaveTextContent('Counting…');
  held = false;
  await act(() => Promise.resolve(answers.forEach((answer) => answer())));
  expect(await screen.findByText('3 entries · newest first')).toBeVisible();
});

test('older entries are read on demand, until there are none', async () => {
  loki.lines = Array.from({ length: 150 }, (_, i) => storedLine({ time: new Date(NOW - i * 60_000).toISOString() }));
  show();
  await rows();
  // Only visible rows are rendered. Their number is stated when it is known.
  expect(screen.getByRole('grid')).toHaveAttribute('aria-rowcount', '-1');
  await user.click(screen.getByTestId(table.loadMore));
  expect(await screen.findByTestId(table.end)).toHaveTextContent('No older entries');
  expect(screen.getByRole('grid')).toHaveAttribute('aria-rowcount', '151');
});

test('if loading more fails, the rows stay and the user can try again', async () => {
  loki.lines = Array.from({ length: 150 }, (_, i) => storedLine({ time: new Date(NOW - i * 60_000).toISOString() }));
  show();
  await rows();
  loki.gate = () => Promise.reject(new AuditError('LOKI_UNREACHABLE', 'no answer'));
  await user.click(screen.getByTestId(table.loadMore));
  expect(await screen.findByText('The gateway cannot be reached')).toBeVisible();
  expect((await rows()).length).toBeGreaterThan(10);
  loki.gate = () => Promise.resolve();
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(screen.getByRole('grid')).toHaveAttribute('aria-rowcount', '151'));
});

describe('search', () => {
  test('waits for a pause in typing, then is in the address and in the query', async () => {
    show();
    await rows();
    await user.type(screen.getByTestId(filters.search), 'a "b"');
    expect(loki.queries.filter((query) => query.includes('description'))).toHaveLength(0);
    await act(() => jest.advanceTimersByTimeAsync(300));
    expect(address()).toBe('?q=a+%22b%22');
    const searching = loki.queries.filter((query) => query.includes('description'));
    expect(searching.length).toBeGreaterThan(0);
    for (const query of searching) expect(query).toContain('| audit_description=~"(?is).*a \\"b\\".*" or ');
  });

  test('a stale answer is aborted and never shown', async () => {
    const answers: Array<() => void> = [];
    loki.gate = () => new Promise((resolve) => answers.push(resolve));
    show();
    // Loki's limits are read once for all views.
    const before = loki.requests.filter(({ path }) => path !== LOKI_PATHS.limits);
    const sent = loki.requests.length;
    await user.type(screen.getByTestId(filters.search), 'new');
    await act(() => jest.advanceTimersByTimeAsync(300));
    expect(before.every(({ signal }) => signal?.aborted)).toBe(true);
    expect(loki.requests.slice(sent).some(({ signal }) => signal?.aborted)).toBe(false);
    await act(() => Promise.resolve(answers.slice(0, sent).forEach((answer) => answer())));
    expect(screen.queryByTestId(table.row)).not.toBeInTheDocument();
  });
});

describe('filters', () => {
  test('from the address are in the query and in their fields; one click removes all', async () => {
    show('/?action=user.login&user=ada%40example.com&outcome=failure&channel=auth&ip=10.2.3.4&from=now-1h&to=now');
    await rows();
    expect(loki.queries[0]).toContain('audit_outcome="failure"');
    expect(loki.queries[0]).toContain('audit_channel="auth"');
    expect(loki.queries[0]).toContain('| audit_action="user.login"');
    expect(loki.queries[0]).toContain('| user_email=~"^(?:[aA][dD][aA]@');
    expect(loki.queries[0]).toContain('| client_address="10.2.3.4"');
    await user.click(screen.getByTestId(filters.clearAll));
    expect(address()).toBe('?from=now-1h&to=now');
    expect(screen.queryByTestId(filters.clearAll)).not.toBeInTheDocument();
    await waitFor(() => expect(loki.queries.at(-1)).toBe('{audit_channel=~".+"} | keep audit_channel'));
  });

  const choose = async (field: string) => {
    await user.click(screen.getByTestId(filters.add));
    await user.click(await screen.findByRole('option', { name: field }));
    await screen.findByTestId(filters.editor);
    await act(() => jest.advanceTimersByTimeAsync(300));
  };

  test('offer the existing values, most frequent first, with their counts', async () => {
    loki.values = { 'user.login': 2, 'project.updated': 1234 };
    show('/?outcome=failure');
    await rows();
    await choose('Action');
    const options = await screen.findAllByRole('option');
    // The day is read in two slices, whose counts add up.
    expect(options.map((option) => option.textContent)).toEqual(['project.updated2,468', 'user.login4']);
    // A selected value filters at once, and a second one replaces it until "any of" is selected.
    await user.click(options[1]!);
    expect(address()).toBe('?outcome=failure&action=user.login');
    await user.click(screen.getByRole('radio', { name: 'is any of' }));
    await user.click(await screen.findByRole('option', { name: /project/ }));
    expect(address()).toBe('?outcome=failure&action=user.login&action=project.updated');
    expect(screen.getAllByTestId(filters.edit).at(-1)).toHaveTextContent(
      'Action is any of user.login, project.updated',
    );
  });

  test('by keyboard: a typed value, Escape, and the X of one chip', async () => {
    show('/?outcome=failure');
    await rows();
    await choose('User email');
    await user.keyboard('new@example.com{Enter}');
    expect(address()).toBe('?outcome=failure&user=new@example.com');
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByTestId(filters.editor)).not.toBeInTheDocument());
    await user.click(screen.getByRole('button', { name: 'Remove filter: Outcome is failure' }));
    expect(address()).toBe('?user=new@example.com');
  });

  test('contains: filters while the text is typed', async () => {
    show();
    await rows();
    await choose('Endpoint');
    await user.click(screen.getByRole('radio', { name: 'contains' }));
    await user.type(await screen.findByTestId(filters.typed), '/users');
    expect(address()).toBe('');
    await act(() => jest.advanceTimersByTimeAsync(300));
    expect(address()).toBe('?endpoint~=/users');
  });

  test('an invalid network is reported and not queried', async () => {
    show();
    await rows();
    await choose('IP address');
    await user.keyboard('10.0.0.0/99{Enter}');
    expect(screen.getByTestId(filters.valuesStatus)).toHaveTextContent('"10.0.0.0/99" is not a network');
    expect(address()).toBe('');
  });

  test("a target's name requires its type, and is removed with it", async () => {
    const shown = show();
    await rows();
    await user.click(screen.getByTestId(filters.add));
    const option = await screen.findByRole('option', { name: /Target name/ });
    expect(option).toHaveAttribute('aria-disabled', 'true');
    expect(option).toHaveTextContent('requires Target type');
    shown.unmount();
    show('/?targetType=Hardware&targetName=Printer');
    await rows();
    await user.click(screen.getByRole('button', { name: 'Remove filter: Target type is Hardware' }));
    expect(address()).toBe('');
  });
});

test('tabs show one category each', async () => {
  show();
  await rows();
  await user.click(screen.getByRole('tab', { name: 'Tasks' }));
  expect(address()).toBe('?tab=tasks');
  await waitFor(() => expect(loki.queries.at(-1)).toContain('| audit_category="task"'));
  await user.click(screen.getByRole('tab', { name: 'All' }));
  expect(address()).toBe('');
});

test('an invalid part of the address is reported, and the rest works', async () => {
  show('/?from=yesterday&outcome=failure');
  await rows();
  expect(screen.getByTestId(page.urlProblems)).toHaveTextContent('"from" is not a time: yesterday');
  expect(loki.queries[0]).toContain('audit_outcome="failure"');
});

describe('no entries', () => {
  beforeEach(() => (loki.lines = []));

  test('because of filters: they can be removed', async () => {
    show('/?q=nothing');
    expect(await screen.findByText('No entries match these filters')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Clear filters' }));
    expect(address()).toBe('');
  });

  test('because of the range: a longer one is offered', async () => {
    loki.lines = [storedLine({ time: '2026-11-19T11:00:00Z' })];
    show();
    expect(await screen.findByText('No entries in this time range')).toBeVisible();
    expect(screen.getByTestId(table.empty)).not.toHaveTextContent(/filter/i);
    await user.click(screen.getByRole('button', { name: 'Show the last 7 days' }));
    expect(address()).toBe('?from=now-7d&to=now');
    expect(await rows()).toHaveLength(1);
  });

  test('because of the tab: all tabs are offered, and filters are not mentioned', async () => {
    show('/?tab=tasks');
    expect(await screen.findByText('No entries on this tab in this time range')).toBeVisible();
    expect(screen.getByTestId(table.empty)).not.toHaveTextContent(/filter/i);
    loki.lines = [storedLine({ time: '2026-11-21T11:00:00Z' })];
    await user.click(screen.getByRole('button', { name: 'Show all tabs' }));
    expect(address()).toBe('');
    expect(await rows()).toHaveLength(1);
  });

  test.each([
    ['?from=now-24h&to=now&q=x', 'Show the last 7 days'],
    ['?from=now-7d&to=now&q=x', 'Show the last 30 days'],
    ['?from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z&q=x', 'Show the last 30 days'],
    ['?from=now-30d&to=now&q=x', 'Show the last year'],
    ['?from=now-1y&to=now&q=x', undefined],
  ])('the offered range contains the current one: %s, %s', async (view, offered) => {
    show(`/${view}`);
    const empty = within(await screen.findByTestId(table.empty));
    const names = empty.queryAllByRole('button', { name: /^Show the last/ }).map(({ textContent }) => textContent);
    expect(names).toEqual(offered ? [offered] : []);
  });

  test('because nothing was recorded yet: the page shows how to', async () => {
    show();
    expect(await screen.findByText('No entries in the last 30 days')).toBeVisible();
    expect(screen.getByText(/createAuditLogger/)).toBeVisible();
  });
});

test.each([
  ['The gateway cannot be reached', new AuditError('LOKI_UNREACHABLE', 'no answer', { status: 502 }), true],
  [
    'Loki cannot be reached',
    new AuditError('LOKI_UNREACHABLE', 'Loki does not answer the gateway', { status: 502 }),
    false,
  ],
  [
    'The gateway does not recognize the token',
    new AuditError('LOKI_REFUSED', '401: unauthorized', { status: 401 }),
    true,
  ],
  [
    'You do not have permission to read the audit log',
    new AuditError('LOKI_REFUSED', '403: plugin proxy route access denied', { status: 403 }),
    false,
  ],
  ['The request was refused', new AuditError('LOKI_REFUSED', '403: forbidden', { status: 403 }), true],
  ['Loki refused the query', new AuditError('LOKI_REFUSED', '400: parse error', { status: 400 }), false],
  ['Loki is too busy to answer', new AuditError('LOKI_UNREACHABLE', 'timeout', { status: 504 }), false],
  ['The audit log could not be read', new Error('surprise'), false],
])('an error states what happened and what to do: %s', async (cause, error, configure) => {
  loki.gate = () => Promise.reject(error);
  show();
  const shown = within(await screen.findByTestId(table.error));
  expect(shown.getByText(cause)).toBeVisible();
  expect(await screen.findByText(/The entries could not be counted/)).toBeVisible();
  expect(shown.queryAllByRole('link', { name: 'Configuration' })).toHaveLength(configure ? 1 : 0);
  loki.gate = () => Promise.resolve();
  await user.click(shown.getByTestId(table.retry));
  expect(await rows()).toHaveLength(3);
});

test('axe finds no problems', async () => {
  const { container } = show();
  await rows();
  await user.click(screen.getAllByTestId(table.expand)[0]!);
  jest.useRealTimers();
  // MultiCombobox of @grafana/ui sets aria-expanded on a div, which axe reports. It cannot be fixed here.
  expect(await axe(container, { rules: { 'aria-allowed-attr': { enabled: false } } })).toHaveNoViolations();
});
