import { entryIdTime } from '../entry/entry-id.ts';
import { AuditError } from '../errors.ts';
import { toTrailLine, type TrailLine } from '../loki/entry-identity.ts';
import { msToNs } from '../time.ts';
import { fallbackSource } from './fallback-source.ts';
import type { RowsOptions, TrailSource } from './trail-source.ts';

const lineAt = (ns: number, text = 'x') => toTrailLine({ ns: BigInt(ns), line: `${ns} ${text}` });
// Two lines share a nanosecond.
const LINES = [lineAt(9), lineAt(8), lineAt(7), lineAt(5, 'b'), lineAt(5, 'a'), lineAt(3), lineAt(1)];
const range = { start: 0n, end: 10n };
const gone = new AuditError('KEEPER_UNAVAILABLE', 'gone');

interface Asked {
  who: string;
  end: bigint;
}

/** A source of these lines, one on each page; it fails before a page. */
function source(who: string, asked: Asked[], failsBefore = Infinity): TrailSource {
  const fail = () => {
    if (failsBefore === 0) throw gone;
  };
  return {
    async *rows({ range: { start, end } }: RowsOptions) {
      asked.push({ who, end });
      await Promise.resolve();
      let pages = 0;
      for (const line of LINES) {
        if (line.ns < start || line.ns >= end) continue;
        if (pages++ >= failsBefore) throw gone;
        yield [line];
      }
    },
    count: () => Promise.resolve().then(() => (fail(), LINES.length)),
    async *volume() {
      await Promise.resolve().then(fail);
      yield { bars: [{ ...range, success: LINES.length, failure: 0 }], exact: who === 'keeper' };
    },
    async *values() {
      await Promise.resolve().then(fail);
      yield { values: [{ value: who, count: 1 }], since: 0n, cut: false };
    },
    async *find(_, options) {
      yield* this.rows(options);
    },
  };
}

async function all<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages) items.push(...page);
  return items;
}
const keysOf = (lines: TrailLine[]) => lines.map(({ key }) => key);

describe('rows', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7])('go on in Loki after %d pages, none missing, none twice', async (failsBefore) => {
    const asked: Asked[] = [];
    const failures: unknown[] = [];
    const both = fallbackSource(source('keeper', asked, failsBefore), source('loki', asked), (error) =>
      failures.push(error),
    );
    expect(keysOf(await all(both.rows({ range })))).toEqual(keysOf(LINES));
    const fails = failsBefore < LINES.length;
    expect(failures).toEqual(fails ? [gone] : []);
    expect(asked.map(({ who }) => who)).toEqual(fails ? ['keeper', 'loki'] : ['keeper']);
  });

  it('do not ask a keeper again that failed', async () => {
    const asked: Asked[] = [];
    const both = fallbackSource(source('keeper', asked, 0), source('loki', asked));
    await all(both.rows({ range }));
    expect(keysOf(await all(both.rows({ range: { start: 0n, end: 4n } })))).toEqual(keysOf(LINES.slice(5)));
    expect(asked.map(({ who }) => who)).toEqual(['keeper', 'loki', 'loki']);
  });

  it('end with the caller, who says nothing about the keeper', async () => {
    const controller = new AbortController();
    const failures: unknown[] = [];
    const both = fallbackSource(source('keeper', [], 1), source('loki', []), (error) => failures.push(error));
    const pages = both.rows({ range, signal: controller.signal });
    await pages.next();
    controller.abort();
    await expect(pages.next()).rejects.toBe(gone);
    expect(failures).toEqual([]);
  });
});

it('counts, charts and values are those of Loki when the keeper fails', async () => {
  for (const failsBefore of [0, Infinity]) {
    const both = fallbackSource(source('keeper', [], failsBefore), source('loki', []));
    const isLoki = failsBefore === 0;
    expect(await both.count({ range })).toBe(LINES.length);
    for await (const { exact } of both.volume({ range })) expect(exact).toBe(!isLoki);
    for await (const { values } of both.values('action', { range })) {
      expect(values.map(({ value }) => value)).toEqual([isLoki ? 'loki' : 'keeper']);
    }
  }
});

describe('an entry by its id', () => {
  const ID = '019a8f3e-7a10-7000-8000-000000000001';
  const madeNs = msToNs(entryIdTime(ID) ?? 0);
  const far = { start: 0n, end: 2n * madeNs };

  it('is also looked for in Loki, in the minutes of the id: it can be too new for the keeper', async () => {
    const asked: Asked[] = [];
    const both = fallbackSource(source('keeper', asked), source('loki', asked));
    await all(both.find(ID, { range: far }));
    expect(asked).toEqual([
      { who: 'keeper', end: far.end },
      { who: 'loki', end: madeNs + 600_000_000_000n },
    ]);
  });

  it('is looked for in all of Loki when the keeper fails, and is found once', async () => {
    const asked: Asked[] = [];
    const both = fallbackSource(source('keeper', asked, 2), source('loki', asked));
    expect(keysOf(await all(both.find(ID, { range: far })))).toEqual(keysOf(LINES));
    expect(asked.at(-1)).toEqual({ who: 'loki', end: far.end });
  });
});
