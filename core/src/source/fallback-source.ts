import { entryIdTime } from '../entry/entry-id.ts';
import type { TimeRange } from '../query/logql.ts';
import { msToNs } from '../time.ts';
import type { TrailSource } from './trail-source.ts';

/** An id's own minutes, in which Loki finds an entry at once. */
const NEAR_ID = msToNs(10 * 60_000);

/**
 * Reads from the keeper until it fails, and then from Loki: one view of entries has one such source. Rows go on where they
 * stopped, none missing, none twice. After a failure, this source does not ask the keeper again.
 *
 * @param onFailure called with the first failure
 */
export function fallbackSource(
  keeper: TrailSource,
  loki: TrailSource,
  onFailure: (error: unknown) => void = () => undefined,
): TrailSource {
  let failed = false;
  const fail = (error: unknown, signal: AbortSignal | undefined) => {
    // The caller ended it: that says nothing about the keeper.
    if (signal?.aborted) throw error;
    if (!failed) onFailure(error);
    failed = true;
  };

  // Results that are complete in themselves. The keeper's come as a whole, so that none were yielded when it fails.
  async function* either<T, O extends { signal?: AbortSignal }>(
    read: (source: TrailSource) => AsyncGenerator<T, void>,
    { signal }: O,
  ): AsyncGenerator<T, void> {
    if (!failed) {
      try {
        yield* read(keeper);
        return;
      } catch (error) {
        fail(error, signal);
      }
    }
    yield* read(loki);
  }

  return {
    async *rows(options) {
      let { range } = options;
      // Rows of the last nanosecond: Loki is asked for it again, because the rest of it can be missing.
      let keys = new Set<string>();
      if (!failed) {
        try {
          for await (const page of keeper.rows(options)) {
            const last = page.at(-1)?.ns ?? range.end;
            if (last + 1n < range.end) keys = new Set();
            for (const { ns, key } of page) if (ns === last) keys.add(key);
            range = { start: range.start, end: last + 1n };
            yield page;
          }
          return;
        } catch (error) {
          fail(error, options.signal);
        }
      }
      for await (const page of loki.rows({ ...options, range })) {
        const fresh = page.filter(({ key }) => !keys.has(key));
        if (fresh.length > 0) yield fresh;
      }
    },
    async count(options) {
      if (!failed) {
        try {
          return await keeper.count(options);
        } catch (error) {
          fail(error, options.signal);
        }
      }
      return loki.count(options);
    },
    volume: (options) => either((source) => source.volume(options), options),
    values: (field, options) => either((source) => source.values(field, options), options),
    async *find(id, options) {
      const keys = new Set<string>();
      const ms = entryIdTime(id);
      if (!failed && ms !== undefined) {
        try {
          for await (const page of keeper.find(id, options)) {
            for (const { key } of page) keys.add(key);
            yield page;
          }
        } catch (error) {
          fail(error, options.signal);
        }
      }
      // An entry of the last seconds can be in Loki alone.
      const range = failed || ms === undefined ? options.range : nearby(msToNs(ms), options.range);
      if (range.start >= range.end) return;
      for await (const page of loki.find(id, { ...options, range })) {
        const fresh = page.filter(({ key }) => !keys.has(key));
        if (fresh.length > 0) yield fresh;
      }
    },
  };
}

function nearby(center: bigint, { start, end }: TimeRange): TimeRange {
  return {
    start: center - NEAR_ID > start ? center - NEAR_ID : start,
    end: center + NEAR_ID < end ? center + NEAR_ID : end,
  };
}
