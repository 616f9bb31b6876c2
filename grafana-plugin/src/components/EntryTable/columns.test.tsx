import React from 'react';
import { render, screen } from '@testing-library/react';
import { colorManipulator, createTheme } from '@grafana/data';
import { completeEntry, type AuditEntryInput } from '@auditrail/core';
import { screenColumns } from '../../format/screen-columns.ts';
import { rowText } from './copy-row.ts';
import { COLUMNS } from './columns.tsx';
import { rowHighlight } from './styles.ts';
import { BUTTONS_WIDTH, fitting, trackSizes, type Columns } from './use-columns.ts';

const ID = '01930000-0000-7000-8000-000000000001';
const TIME = '2026-11-21T06:18:19.000000001Z';
const NS = 1795242000000000000n;
const lineOf = (input: AuditEntryInput) => ({
  key: ID,
  ns: NS,
  line: '',
  entry: completeEntry(input, { id: ID, time: TIME, service: 'shop' }),
});
const full = lineOf({
  action: 'hardware.updated',
  description: 'Ada changed the owner',
  actor: { type: 'user', name: 'Ada', email: 'ada@example.com', groups: ['Ops', 'Admins'] },
  authContext: 'portal',
  source: { ip: '10.2.3.4', sessionId: 's1', deviceId: 'laptop-7' },
  target: { type: 'hardware', id: '142' },
  scope: { project: 'Apollo', package: 'core' },
  request: { method: 'POST', endpoint: '/hardware/142', status: 404, operation: 'UpdateHardware' },
  error: { message: 'not found' },
  changes: [{ path: 'owner', before: 'Bob', after: 'Ada' }],
  properties: { reason: 'moved' },
  trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
});
const bare = lineOf({ action: 'backup.created', description: '', actor: { type: 'system' } });
const texts = ({ entry, ns }: typeof full) =>
  Object.fromEntries(COLUMNS.map(({ id, text }) => [id, text({ entry, ns, now: 0, zone: 'utc' })]));

test('each column as text, for copying', () => {
  expect(texts(full)).toEqual({
    when: '2026-11-21 06:20:00 UTC',
    actor: 'Ada ada@example.com',
    action: 'hardware.updated',
    target: 'Hardware #142',
    result: 'failure',
    ip: '10.2.3.4',
    description: 'Ada changed the owner',
    event: 'updated',
    errorMessage: 'not found',
    errorCode: '',
    reason: '',
    onBehalfOf: '',
    agent: '',
    actorId: '',
    actorType: 'user',
    related: '',
    requestId: '',
    userAgent: '',
    email: 'ada@example.com',
    method: 'POST',
    endpoint: '/hardware/142',
    status: '404',
    operation: 'UpdateHardware',
    channel: 'hardware',
    category: 'user',
    group: 'Ops, Admins',
    project: 'Apollo',
    package: 'core',
    service: 'shop',
    auth: 'portal',
    session: 's1',
    device: 'laptop-7',
    trace: 'a'.repeat(32),
    id: ID,
    info: '{"error":{"message":"not found"},"changes":[{"path":"owner","before":"Bob","after":"Ada"}],"properties":{"reason":"moved"}}',
  });
});

test('missing values are empty; the status of an action without HTTP is N/A', () => {
  const notEmpty = Object.entries(texts(bare)).filter(([, text]) => text !== '');
  expect(Object.fromEntries(notEmpty)).toEqual({
    ...{
      when: '2026-11-21 06:20:00 UTC',
      actor: 'system',
      action: 'backup.created',
      result: 'success',
      event: 'created',
    },
    ...{ status: 'N/A', actorType: 'system', channel: 'backup', category: 'system', service: 'shop', id: ID },
  });
});

test('IDs are unique: preferences identify columns by them', () => {
  expect(new Set(COLUMNS.map(({ id }) => id)).size).toBe(COLUMNS.length);
});

test('a copied row has tab-separated cells, none of which runs in a spreadsheet', () => {
  const nasty = lineOf({ action: 'a.b', description: '=cmd|"/c calc"!A1\tx\ny', actor: { type: 'user', name: '+1' } });
  const [actor, description] = ['actor', 'description'].map((id) => COLUMNS.find((column) => column.id === id)!);
  expect(rowText(nasty, { shown: [actor!, description!], now: 0, zone: 'utc' })).toBe(
    `"'+1"\t"'=cmd|""/c calc""!A1\tx\ny"`,
  );
});

test('the tracks: a set width is exact, and the remaining width goes to columns that grow', () => {
  const [when, actor, target] = [COLUMNS[0]!, COLUMNS[1]!, COLUMNS[3]!];
  expect(trackSizes([target], {}).tracks).toBe(`minmax(${target.width}px, ${target.grow}fr) ${BUTTONS_WIDTH}px`);
  expect(trackSizes([when, actor], {}).tracks).toBe(
    `${when.width}px clamp(${actor.width}px, ${actor.width}px + (100% - 366px) * 0.3, ${actor.upTo}px) minmax(0, 1fr) ${BUTTONS_WIDTH}px`,
  );
  expect(trackSizes([when, actor], { actor: 300 })).toEqual({
    tracks: `${when.width}px 300px minmax(0, 1fr) ${BUTTONS_WIDTH}px`,
    minWidth: when.width + 300 + BUTTONS_WIDTH,
  });
});

test('if it is narrow, the default columns leave out the IP address, then the target; selected ones stay', () => {
  const shown = COLUMNS.filter(({ byDefault }) => byDefault);
  const none = () => {};
  const all: Columns = { shown, widths: {}, isDefault: true, toggle: none, move: none, resize: none, reset: none };
  const idsAt = (px: number, columns = all) => fitting(columns, px).shown.map(({ id }) => id);
  // The width in Grafana in a window of 1024 pixels: with the menu over the page, and beside it.
  expect(idsAt(944)).toEqual(['when', 'actor', 'action', 'target', 'result', 'ip', 'description']);
  expect(idsAt(764)).toEqual(['when', 'actor', 'action', 'result', 'description']);
  expect(idsAt(100)).toEqual(['when', 'actor', 'action', 'result', 'description']);
  expect(fitting(all, 0)).toBe(all);
  expect(idsAt(100, { ...all, isDefault: false })).toHaveLength(7);
});

// WCAG 2.2, 1.4.3: 4.5:1. Grafana's own hover color has 4.15:1 for secondary text in the dark theme.
test.each(['dark', 'light'] as const)('text on a highlighted row is readable in the %s theme', (mode) => {
  const theme = createTheme({ colors: { mode } });
  const background = rowHighlight(theme);
  const { text, success, error, warning } = theme.colors;
  for (const color of [text.primary, text.secondary, text.link, success.text, error.text, warning.text]) {
    // The second color can be transparent.
    expect(colorManipulator.getContrastRatio(background, color, background)).toBeGreaterThanOrEqual(4.5);
  }
});

test('each column has one in a file', () => {
  const inEveryFile = [
    ...['when', 'actor', 'action', 'target', 'result', 'description', 'event', 'email', 'channel', 'id'],
    ...['actorId', 'actorType'],
  ];
  for (const { id } of COLUMNS) expect([id, screenColumns([id]).length > 0]).toEqual([id, !inEveryFile.includes(id)]);
  expect(screenColumns(['trace', 'when', 'project', 'info', 'ip'])).toEqual([
    ...['traceId', 'scope.project', 'errorCode', 'errorMessage', 'ip'],
  ]);
});

describe('an agent that acts for a person', () => {
  const line = lineOf({
    action: 'order.refunded',
    description: 'Refunded order 7',
    actor: { type: 'agent', id: 'bot', agent: { name: 'support-bot', version: '2.1', model: 'm-5' } },
    onBehalfOf: [{ type: 'user', id: '7', name: 'Grace', email: 'grace@example.com' }],
    reason: 'OPS-7',
    related: [{ type: 'invoice', id: 'i1' }],
  });

  test('is shown with a badge and the person', () => {
    const column = COLUMNS.find(({ id }) => id === 'actor');
    render(<>{column?.render({ entry: line.entry, ns: line.ns, now: 0, zone: 'utc' })}</>);
    for (const text of ['support-bot', 'Agent', 'for Grace']) expect(screen.getByText(text)).toBeInTheDocument();
  });

  test('has its facts in columns', () => {
    expect(texts(line)).toMatchObject({
      actor: 'support-bot bot for Grace',
      onBehalfOf: 'Grace',
      agent: 'support-bot',
      actorType: 'agent',
      reason: 'OPS-7',
      related: 'Invoice #i1',
    });
  });
});
