import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react';
import { store } from '@grafana/data';
import { config, usePluginUserStorage } from '@grafana/runtime';
import { PLUGIN_ID } from '../constants.ts';

/** Maximum length of a preference as JSON. Longer ones are neither read nor stored. */
export const PREFERENCE_CHARS = 65_536;

// The preferences of each user in this tab, as text, and their listeners.
const texts = new Map<string, string | null>();
const listeners = new Set<() => void>();
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

function remember(key: string, text: string): void {
  texts.set(key, text);
  // The copy in the browser avoids a visible change while the page waits for Grafana. Grafana's own fallback uses the same key.
  quietly(() => store.set(key, text));
  for (const listener of listeners) listener();
}

function textOf(key: string): string | null {
  let text = texts.get(key);
  if (text === undefined) {
    const stored: unknown = quietly(() => store.get(key));
    text = typeof stored === 'string' && stored.length <= PREFERENCE_CHARS ? stored : null;
    texts.set(key, text);
  }
  return text;
}

type Storage = ReturnType<typeof usePluginUserStorage>;
// One for the tab. Each storage of Grafana 12 reads everything about the user; if nothing is stored yet, each read logs a 404
// in the browser's console.
let storage: Storage | undefined;
let reads = Promise.resolve<unknown>(undefined);

// One after the other, because the result of the first read serves the others.
function read(name: string): Promise<unknown> {
  const one = reads.then(() => storage?.getItem(name));
  reads = one.catch(ignore);
  return one;
}

/** Clears the state of this tab. For tests. */
export function forgetPreferences(): void {
  texts.clear();
  storage = undefined;
  reads = Promise.resolve();
}

// Grafana throws if a component is not in a plugin, as in a unit test. Then only the copy in the browser is used.
function useStorage(): Storage | undefined {
  try {
    return usePluginUserStorage();
  } catch {
    return undefined;
  }
}

/**
 * A preference of the signed-in user, stored by Grafana (`usePluginUserStorage`) or, if that is not possible, in the browser.
 * All components that use the same name share one value. Never throws: a value that cannot be read or used is ignored.
 *
 * @param parse returns the value from stored data of any form; `undefined` if it is not valid. Must be the same function on each
 * render.
 * @param fallback the default value
 * @example const [density, setDensity] = usePreference('density', parseDensity, 'comfortable');
 */
export function usePreference<T>(
  name: string,
  parse: (stored: unknown) => T | undefined,
  fallback: T,
): [value: T, set: (value: T) => void] {
  const { uid, id } = config.bootData.user;
  const key = `${PLUGIN_ID}:${uid || id}:${name}`;
  const own = useStorage();
  useEffect(() => {
    storage ??= own;
  });
  const text = useSyncExternalStore(subscribe, () => textOf(key));

  useEffect(() => {
    const before = textOf(key);
    let gone = false;
    void read(name).then((stored) => {
      if (gone || typeof stored !== 'string' || stored.length > PREFERENCE_CHARS) return;
      // A value that the user set in the meantime is newer.
      if (stored !== before && textOf(key) === before) remember(key, stored);
    }, ignore);
    return () => {
      gone = true;
    };
  }, [key, name]);

  const value = useMemo(() => (text === null ? undefined : parseText(text, parse)), [text, parse]);
  const set = useCallback(
    (chosen: T) => {
      const json = JSON.stringify(chosen);
      if (json.length > PREFERENCE_CHARS) return;
      remember(key, json);
      void storage?.setItem(name, json).catch(ignore);
    },
    [key, name],
  );
  return [value ?? fallback, set];
}

// A preference is a convenience. Without Grafana's storage, the copy in the browser is used; without both, that in this tab.
const ignore = () => {};

function quietly(act: () => unknown): unknown {
  try {
    return act();
  } catch {
    return undefined;
  }
}

function parseText<T>(text: string, parse: (stored: unknown) => T | undefined): T | undefined {
  try {
    return parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
