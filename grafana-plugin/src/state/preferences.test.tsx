import React, { type ReactNode } from 'react';
import { act, renderHook } from '@testing-library/react';
import { PluginContextProvider, store, type PluginMeta } from '@grafana/data';
import { forgetPreferences, PREFERENCE_CHARS, usePreference } from './preferences.ts';

const storage = { getItem: jest.fn(), setItem: jest.fn() };
let storageHook: () => typeof storage = () => storage;
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual<object>('@grafana/runtime'),
  usePluginUserStorage: () => storageHook(),
}));

const parseWord = (stored: unknown) => (stored === 'one' || stored === 'two' ? stored : undefined);
const wrapper = ({ children }: { children: ReactNode }) => (
  <PluginContextProvider meta={{ id: 'x' } as PluginMeta}>{children}</PluginContextProvider>
);
const useWord = () => usePreference('word', parseWord, 'none');
const use = () => renderHook(useWord, { wrapper });
const settle = () => act(() => new Promise((resolve) => setTimeout(resolve)));

beforeEach(() => {
  localStorage.clear();
  forgetPreferences();
  storageHook = () => storage;
  storage.getItem.mockReset().mockResolvedValue(null);
  storage.setItem.mockReset().mockResolvedValue(undefined);
});

test('is stored by Grafana and shared by all components', async () => {
  storage.getItem.mockResolvedValue('"one"');
  const [first, second] = [use(), use()];
  expect(first.result.current[0]).toBe('none');
  await settle();
  expect(first.result.current[0]).toBe('one');
  act(() => second.result.current[1]('two'));
  expect(first.result.current[0]).toBe('two');
  expect(storage.setItem).toHaveBeenCalledWith('word', '"two"');
});

test('Grafana is queried once for all preferences, although each component has its own storage', async () => {
  let requests = 0;
  // As in Grafana 12: each storage reads everything at its first use, unless it has the answer.
  const storageOfGrafana = () => {
    let known: Promise<null> | undefined;
    const answer = async () => {
      if (known === undefined) {
        requests += 1;
        await Promise.resolve();
        known = Promise.resolve(null);
      }
      return known;
    };
    return { getItem: jest.fn(answer), setItem: jest.fn() };
  };
  storageHook = storageOfGrafana;
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  for (const name of names) renderHook(() => usePreference(name, parseWord, 'none'), { wrapper });
  await settle();
  expect(requests).toBe(1);
});

test('is available at once in the next tab, before Grafana responds', () => {
  const { result } = use();
  act(() => result.current[1]('two'));
  forgetPreferences();
  storage.getItem.mockReturnValue(new Promise(() => {}));
  expect(use().result.current[0]).toBe('two');
});

test('a value that is set while Grafana is queried is not overwritten by the response', async () => {
  storage.getItem.mockResolvedValue('"one"');
  const { result } = use();
  act(() => result.current[1]('two'));
  await settle();
  expect(result.current[0]).toBe('two');
});

test.each([
  ['no JSON', '{'],
  ['another thing', '{"a":1}'],
  ['too long', JSON.stringify('one'.padEnd(PREFERENCE_CHARS))],
  ['no text', 7],
])('an invalid value is ignored: %s', async (_, stored) => {
  storage.getItem.mockResolvedValue(stored);
  const { result } = use();
  await settle();
  expect(result.current[0]).toBe('none');
});

test.each([
  [
    'storage that rejects',
    () => ({ getItem: () => Promise.reject(new Error()), setItem: () => Promise.reject(new Error()) }),
  ],
  [
    'no storage',
    () => {
      throw new Error('no plugin context');
    },
  ],
])('%s: the browser stores it', async (_, hook) => {
  storageHook = hook as typeof storageHook;
  const { result } = use();
  act(() => result.current[1]('two'));
  await settle();
  forgetPreferences();
  expect(use().result.current[0]).toBe('two');
});

test('works in a browser that cannot store anything', async () => {
  jest.spyOn(store, 'set').mockImplementation(() => {
    throw new Error('quota');
  });
  const { result } = use();
  act(() => result.current[1]('two'));
  await settle();
  expect(result.current[0]).toBe('two');
});
