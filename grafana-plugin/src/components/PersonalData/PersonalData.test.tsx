import React from 'react';
import { act, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { parseEntry } from '@auditrail/core';
import { type TrailLine } from '@auditrail/core/loki';
import type * as Runtime from '@grafana/runtime';
import { MemoryRouter } from 'react-router-dom';
import { FakeBackend } from '../../testing/fake-backend.ts';
import { storedLine } from '../../testing/fake-loki.ts';
import { testIds } from '../testIds.ts';
import { MaskNotice } from './MaskNotice.tsx';
import { PersonalDataProvider, usePersonalData } from './PersonalData.tsx';
import { REVEAL_MINUTES } from './RevealDialog.tsx';
import { RevealButton } from './RevealButton.tsx';

let backend: FakeBackend;
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual<typeof Runtime>('@grafana/runtime'),
  getBackendSrv: () => backend.service,
}));

const { personal } = testIds;
const lineOf = (email: string): TrailLine => {
  const [ns, line] = storedLine({ time: '2026-11-21T06:00:00Z', actor: { type: 'user', email } });
  const entry = parseEntry(line);
  return { key: entry.id, ns, line, entry };
};
const LINES = [lineOf('ada@example.com'), lineOf('bob@example.com')];

function Rows() {
  const { maskLine } = usePersonalData();
  return LINES.map(maskLine).map((line) => (
    <p key={line.key} data-testid="row">
      {line.entry?.actor.email} <RevealButton line={line} />
    </p>
  ));
}

const user = userEvent.setup({ advanceTimers: (ms) => jest.advanceTimersByTime(ms) });
beforeEach(() => {
  jest.useFakeTimers({ advanceTimers: true });
  backend = new FakeBackend();
});
afterEach(() => jest.useRealTimers());

const show = (props: { mayRead?: boolean; mayRecord?: boolean } = {}) =>
  render(
    <MemoryRouter
      initialEntries={['/?action=user.login']}
      future={{ v7_startTransition: true, v7_relativeSplatPath: true }}
    >
      <PersonalDataProvider mayRead={false} mayRecord {...props}>
        <MaskNotice />
        <Rows />
      </PersonalDataProvider>
    </MemoryRouter>,
  );
const emails = () => screen.getAllByTestId('row').map((row) => row.textContent?.split(' ')[0]);
const MASKED = ['a•••@example.com', 'b•••@example.com'];
const SHOWN = ['ada@example.com', 'bob@example.com'];

async function askFor(reason = 'Case 7') {
  await user.type(await screen.findByTestId(personal.reason), reason);
  await user.click(screen.getByTestId(personal.confirm));
}
const sent = () => JSON.stringify(backend.requests[0]?.data);

test('with the permission, nothing is masked, and there is no notice', () => {
  show({ mayRead: true });
  expect(emails()).toEqual(SHOWN);
  expect(screen.queryByTestId(personal.notice)).not.toBeInTheDocument();
  expect(screen.queryByTestId(personal.revealEntry)).not.toBeInTheDocument();
});

test('without a provider, everything is masked', () => {
  render(<Rows />);
  expect(emails()).toEqual(MASKED);
});

test('only the entry is revealed, after the log has accepted the entry about it', async () => {
  show();
  expect(emails()).toEqual(MASKED);
  await user.click(screen.getAllByTestId(personal.revealEntry)[0]!);
  await askFor();
  await waitFor(() => expect(emails()).toEqual([SHOWN[0], MASKED[1]]));
  expect(backend.requests).toHaveLength(1);
  expect(backend.requests[0]?.url).toBe('/api/plugin-proxy/auditrail-auditlog-app/v1/logs');
  for (const text of ['audit.personal_data.revealed', 'Case 7', 'action=user.login', LINES[0]!.key]) {
    expect(sent()).toContain(text);
  }
  expect(screen.getAllByTestId(personal.revealEntry)).toHaveLength(1);
});

test('the page is revealed for a while, and can be masked earlier', async () => {
  show();
  await user.click(screen.getByTestId(personal.toggle));
  await askFor();
  await waitFor(() => expect(emails()).toEqual(SHOWN));
  expect(screen.getByTestId(personal.notice)).toHaveTextContent('revealed until');
  expect(sent()).toContain('until');
  await user.click(screen.getByTestId(personal.toggle));
  expect(emails()).toEqual(MASKED);

  await user.click(screen.getByTestId(personal.toggle));
  await askFor();
  await waitFor(() => expect(emails()).toEqual(SHOWN));
  act(() => jest.advanceTimersByTime(REVEAL_MINUTES * 60_000));
  expect(emails()).toEqual(MASKED);
});

test.each([
  ['the collector is down', { status: 502 }],
  ['the collector threw the entry away', { data: { partialSuccess: { rejectedLogRecords: '1', errorMessage: 'no' } } }],
  ['Grafana refuses', { status: 403, data: { message: 'plugin proxy route access denied' } }],
])('%s: nothing is revealed, and the dialog states why', async (_, reply) => {
  backend.reply = () => reply;
  show();
  await user.click(screen.getByTestId(personal.toggle));
  await askFor();
  expect(await screen.findByTestId(personal.error)).toHaveTextContent('could not be recorded in the audit log');
  expect(emails()).toEqual(MASKED);
});

test('without a reason or a gateway, nothing can be revealed', async () => {
  const { unmount } = show();
  await user.click(screen.getByTestId(personal.toggle));
  await user.type(await screen.findByTestId(personal.reason), '   ');
  expect(screen.getByTestId(personal.confirm)).toBeDisabled();
  unmount();

  show({ mayRecord: false });
  await user.click(screen.getByTestId(personal.toggle));
  await user.type(await screen.findByTestId(personal.reason), 'Case 7');
  expect(screen.getByTestId(personal.confirm)).toBeDisabled();
  expect(screen.getByTestId(personal.dialog)).toHaveTextContent('no gateway is configured');
  expect(backend.requests).toEqual([]);
});
