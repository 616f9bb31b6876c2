import React from 'react';
import { act, fireEvent, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { FilterField } from '@auditrail/core/query';
import { lokiSource, type TrailSource } from '@auditrail/core/source';
import { FakeLoki } from '../../testing/fake-loki.ts';
import { PersonalDataProvider } from '../PersonalData/PersonalData.tsx';
import { testIds } from '../testIds.ts';
import { ValueChoice } from './ValueChoice.tsx';

const { typed, valuesStatus } = testIds.filters;
const query = {};
const range = { start: 0n, end: 3_600_000_000_000n };
const user = userEvent.setup();
let loki: FakeLoki;
let trail: TrailSource;
let onChange: jest.Mock;

beforeEach(() => {
  loki = new FakeLoki();
  trail = lokiSource(loki);
  onChange = jest.fn();
});

function show(field: FilterField) {
  render(
    <PersonalDataProvider mayRead mayRecord>
      <ValueChoice {...{ trail, query, range, onChange }} lines={[]} filter={{ field, operator: 'is', values: [] }} />
    </PersonalDataProvider>,
  );
}

test('Enter selects the first existing value, not the typed letters', async () => {
  loki.values = { auth: 9, 'pii-read': 3 };
  show('channel');
  await screen.findByRole('option', { name: /pii-read/ });
  await user.type(screen.getByTestId(typed), 'pii');
  expect(screen.getAllByRole('option').map(({ textContent }) => textContent)).toEqual(['pii-read3', 'Use "pii"']);
  await user.keyboard('{Enter}');
  expect(onChange).toHaveBeenCalledWith(['pii-read']);
});

test('Enter selects the typed text if no value contains it', async () => {
  loki.values = { auth: 9 };
  show('channel');
  await screen.findByRole('option', { name: /auth/ });
  await user.type(screen.getByTestId(typed), 'new-one{Enter}');
  expect(onChange).toHaveBeenCalledWith(['new-one']);
});

test('an exact match comes before values that only contain the typed text', async () => {
  loki.values = { 'user.login': 9, login: 3 };
  show('action');
  await screen.findByRole('option', { name: /user.login/ });
  await user.type(screen.getByTestId(typed), 'LOGIN{Enter}');
  expect(onChange).toHaveBeenCalledWith(['login']);
});

test.each([
  ['10.2.3.4', '10.2.3.4'],
  ['10.2.3', '10.2.3.45'],
])('a complete address is selected as typed: %s', async (text, taken) => {
  loki.values = { '10.2.3.45': 9 };
  show('ip');
  await screen.findByRole('option', { name: /10.2.3.45/ });
  await user.type(screen.getByTestId(typed), `${text}{Enter}`);
  expect(onChange).toHaveBeenCalledWith([taken]);
});

test('Enter waits for values that are still loading; a second one does not', async () => {
  const values = Promise.withResolvers<void>();
  loki.gate = () => values.promise;
  loki.values = { 'pii-read': 3 };
  show('channel');
  await user.type(screen.getByTestId(typed), 'pii{Enter}');
  expect(onChange).not.toHaveBeenCalled();
  await act(() => {
    values.resolve();
    return values.promise;
  });
  await screen.findByRole('option', { name: /pii-read/ });
  expect(onChange).toHaveBeenCalledWith(['pii-read']);
});

test('a second Enter selects the typed text', async () => {
  loki.gate = () => new Promise(() => {});
  show('channel');
  await user.type(screen.getByTestId(typed), 'pii{Enter}{Enter}');
  expect(onChange).toHaveBeenCalledWith(['pii']);
});

test('an invalid address gets a hint', async () => {
  show('ip');
  await user.type(screen.getByTestId(typed), '999.1.1.1');
  expect(screen.getByTestId(valuesStatus)).toHaveTextContent('"999.1.1.1" is not an IP address');
});

test('the list does not change while the mouse button is down', async () => {
  const values = Promise.withResolvers<void>();
  loki.gate = () => values.promise;
  loki.values = { 'pii-read': 3 };
  show('channel');
  await user.type(screen.getByTestId(typed), 'pii');
  const options = () => screen.getAllByRole('option').map(({ textContent }) => textContent);
  fireEvent.mouseDown(screen.getByRole('option', { name: 'Use "pii"' }));
  await act(() => {
    values.resolve();
    return values.promise;
  });
  await act(() => new Promise((resolve) => setTimeout(resolve, 500)));
  expect(options()).toEqual(['Use "pii"']);
  fireEvent.mouseUp(screen.getByRole('option'));
  await screen.findByRole('option', { name: /pii-read/ });
  expect(options()).toEqual(['pii-read3', 'Use "pii"']);
});

test('a value that is selected keeps its position', async () => {
  loki.values = { auth: 9, jobs: 5, 'pii-read': 3 };
  const selected = (...values: string[]) => (
    <PersonalDataProvider mayRead mayRecord>
      <ValueChoice
        {...{ trail, query, range, onChange }}
        lines={[]}
        filter={{ field: 'channel', operator: 'is any of', values }}
      />
    </PersonalDataProvider>
  );
  const { rerender } = render(selected('jobs'));
  await screen.findByRole('option', { name: /pii-read/ });
  const options = () => screen.getAllByRole('option').map(({ textContent }) => textContent);
  expect(options()).toEqual(['jobs5', 'auth9', 'pii-read3']);
  rerender(selected('jobs', 'pii-read'));
  expect(options()).toEqual(['jobs5', 'auth9', 'pii-read3']);
});
