import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react';
import { store } from '@grafana/data';
import { config, usePluginUserStorage } from '@grafana/runtime';
import { PLUGIN_ID } from '../constants.ts';

/** Longest preference that is kept, as JSON: what is longer is neither read nor stored. */
export const PREFERENCE_CHARS = 65_536;

// What this tab knows: the text of each preference of each user, and who wants to hear of it.
const texts = new Map<string, string | null>();
const listeners = new Set<() => void>();
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

function remember(key: string, text: string): void {
  texts.set(key, text);
  // The browser's copy spares the page a change of its looks while Grafana's answer is awaited. Grafana's own fallback
  // keeps its values under the same key.
  quietly(() => store.set(key, text));
  for (const tell of listeners) tell();
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
// One for the tab. Each one that Grafana 12 hands out reads everything that is kept of the user; for a user who has chosen
// nothing yet, each time is a 404 in the browser's console.
let storage: Storage | undefined;
let reads = Promise.resolve<unknown>(undefined);

// One after the other: what the first one read answers the others.
function read(name: string): Promise<unknown> {
  const one = reads.then(() => storage?.getItem(name));
  reads = one.catch(ignore);
  return one;
}

/** Forgets what this tab knows, as a new tab would. For tests. */
export function forgetPreferences(): void {
  texts.clear();
  storage = undefined;
  reads = Promise.resolve();
}

// Grafana throws where a component stands outside a plugin, as in a test of it alone: then the browser's copy is all.
function useStorage(): Storage | undefined {
  try {
    return usePluginUserStorage();
  } catch {
    return undefined;
  }
}

/**
 * A preference of the signed-in user: kept by Grafana (`usePluginUserStorage`), in the browser where Grafana keeps none. All
 * components that use the same name share one value. Never throws: what cannot be read or used is as if it were not there.
 *
 * @param parse the value from what was stored, which may be anything; `undefined` where it is of no use. A function of the
 * module, not a new one at each render.
 * @param fallback the value of those who chose none
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
      // What the user chose meanwhile is newer.
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

// A preference is a convenience: without Grafana's storage the browser's copy still holds, without both this tab's.
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
