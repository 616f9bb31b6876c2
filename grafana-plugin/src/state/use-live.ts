import { useEffect, useState } from 'react';
import { msToNs } from '@auditrail/core';
import { readLate, readNew, type LiveReader, type LiveSource } from './live-reads.ts';

/** How often new entries are read. */
export const LIVE_EVERY_MS = 3_000;
/** How often late entries are counted. */
export const LATE_EVERY_MS = 20_000;
// Counting takes long if few of many entries match. The pause after it is at least this many times as long.
const LATE_REST = 30;
const LONGEST_WAIT_MS = 60_000;

export type LiveState =
  | { state: 'off' }
  | { state: 'following' }
  /** The tab is hidden. */
  | { state: 'paused' }
  /** Reading failed and is retried automatically. */
  | { state: 'waiting'; error: unknown; retryMs: number };

/** Follows a source while it is `on` and the tab is visible. `source` and `reader` must be memoised. */
export function useLive(source: LiveSource, on: boolean, reader: LiveReader): LiveState {
  const [reported, setReported] = useState<{ source: LiveSource; live: LiveState }>();
  useEffect(() => {
    if (!on) return;
    return follow(source, reader, (live) => setReported({ source, live }));
  }, [source, on, reader]);
  if (!on) return { state: 'off' };
  return reported?.source === source ? reported.live : { state: 'following' };
}

/** Reads new entries every few seconds until the returned function is called. */
function follow(source: LiveSource, reader: LiveReader, onState: (live: LiveState) => void): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  const openedAt = Date.now();
  const readLateEntries = lateReader(source, reader, signal);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = LIVE_EVERY_MS;
  let reading = false;

  const report = (live: LiveState) => {
    if (!signal.aborted) onState(live);
  };
  const schedule = () => {
    clearTimeout(timer);
    if (!signal.aborted && !document.hidden) timer = setTimeout(() => void read(), wait);
  };
  const read = async () => {
    if (reading || document.hidden) return;
    reading = true;
    try {
      // The range ends as far ahead of now as it did when it was opened.
      const end = source.range.end + msToNs(Date.now() - openedAt);
      const { lines, many } = await readNew({ ...source, range: { ...source.range, end } }, reader, signal);
      signal.throwIfAborted();
      wait = LIVE_EVERY_MS;
      if (lines.length > 0) reader.found(lines, many);
      await readLateEntries();
      report({ state: 'following' });
    } catch (error) {
      wait = Math.min(LONGEST_WAIT_MS, wait * 2);
      report({ state: 'waiting', error, retryMs: wait });
    } finally {
      reading = false;
      schedule();
    }
  };
  const onVisibility = () => {
    report({ state: document.hidden ? 'paused' : 'following' });
    if (document.hidden) clearTimeout(timer);
    else void read();
  };
  document.addEventListener('visibilitychange', onVisibility);
  schedule();
  return () => {
    controller.abort();
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onVisibility);
  };
}

/** Returns a function that reads late entries, if it is time to. */
function lateReader(source: LiveSource, reader: LiveReader, signal: AbortSignal): () => Promise<void> {
  let surplus = 0;
  let dueAt = Date.now() + LATE_EVERY_MS;
  return async () => {
    const began = Date.now();
    if (began < dueAt) return;
    try {
      const late = await readLate(source, reader, surplus, signal);
      signal.throwIfAborted();
      surplus = late.surplus;
      if (late.lines.length > 0) reader.found(late.lines, late.many);
    } finally {
      dueAt = Date.now() + Math.max(LATE_EVERY_MS, (Date.now() - began) * LATE_REST);
    }
  };
}
