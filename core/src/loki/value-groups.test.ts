import { AuditError } from '../errors.ts';
import { LOKI_PATHS, type LokiClient } from './client.ts';
import { readValueGroups } from './value-groups.ts';

const MINUTE = 60_000_000_000n;
const sample = (metric: Record<string, string>, value: number) => ({ metric, value: [0, String(value)] });

/** A Loki with one entry of `a.b` in each minute, which refuses ranges over `mostMinutes`. */
function lokiOf(mostMinutes: number) {
  const asked: { query: string; minutes: number }[] = [];
  const loki: LokiClient = {
    get(path, { query = '', time = '0' }) {
      if (path === LOKI_PATHS.limits) return Promise.resolve({});
      const minutes = Number(/\[(\d+)ms\]/.exec(query)?.[1]) / 60_000;
      asked.push({ query, minutes });
      if (minutes > mostMinutes) {
        const details = { status: 400 };
        return Promise.reject(new AuditError('LOKI_REFUSED', 'maximum of series (500) reached', details));
      }
      const end = Number(BigInt(time) + 1n) / 1e6;
      const values = { sum: minutes, min: end - minutes * 60_000, max: end - 60_000 };
      const value = values[query.slice(0, 3) as keyof typeof values];
      return Promise.resolve({
        data: { resultType: 'vector', result: [sample({ audit_action: 'a.b' }, value), sample({}, value)] },
      });
    },
  };
  return { loki, asked };
}

it('adds up the parts of a range that Loki cannot answer at once', async () => {
  const { loki, asked } = lokiOf(2);
  const groups = await readValueGroups(loki, ['action'], { range: { start: 0n, end: 8n * MINUTE } });
  const times = { entries: 8, firstMs: 0, lastMs: 7 * 60_000 };
  expect(groups).toEqual([
    { values: ['a.b'], ...times },
    { values: [''], ...times },
  ]);
  expect(asked.filter(({ minutes }) => minutes === 2)).toHaveLength(12);
  expect(asked[0]?.query).toMatch(
    /^min by \(audit_action\) \(min_over_time\(\{audit_channel=~"\.\+"\} \| label_format /,
  );
});

it('gives up if Loki cannot answer a minute, and asks nothing about an empty range', async () => {
  const { loki, asked } = lokiOf(0);
  await expect(readValueGroups(loki, ['action'], { range: { start: 0n, end: 8n * MINUTE } })).rejects.toThrow('series');
  asked.length = 0;
  expect(await readValueGroups(loki, ['action'], { range: { start: 1n, end: 1n } })).toEqual([]);
  expect(asked).toEqual([]);
});
