import type { LokiClient } from '../loki/client.ts';
import { msToNs } from '../time.ts';
import { sampleOfLoki } from './compare-sources.ts';

const HOUR = msToNs(3_600_000);
const DAY = 24n * HOUR;
const range = { start: 0n, end: 8n * DAY };

/** A Loki of lines at these times. */
function lokiOf(times: bigint[]) {
  const asked: string[] = [];
  const loki: LokiClient = {
    get(path, { start = '', end = '', limit = '', direction = '' }) {
      if (path.endsWith('limits')) return Promise.resolve({});
      asked.push(`${direction} ${(BigInt(end) - BigInt(start)) / HOUR}`);
      const found = times.filter((ns) => ns >= BigInt(start) && ns < BigInt(end)).sort((a, b) => Number(a - b));
      if (direction === 'backward') found.reverse();
      const values = found.slice(0, Number(limit)).map((ns) => [String(ns), `line ${ns}`]);
      return Promise.resolve({ data: { resultType: 'streams', result: [{ stream: {}, values }] } });
    },
  };
  return { loki, asked };
}
const hours = async (loki: LokiClient, history: boolean) =>
  (await sampleOfLoki(loki, range, { history, now: () => 0 })).map(({ ns }) => Number(ns / HOUR));

it('takes the newest lines, from short questions', async () => {
  const { loki, asked } = lokiOf(Array.from({ length: 192 }, (_, hour) => BigInt(hour) * HOUR));
  expect(await hours(loki, false)).toEqual([191, 190]);
  expect(asked).toEqual(['backward 2']);
});

it('takes the oldest lines and some between, too', async () => {
  const { loki, asked } = lokiOf(Array.from({ length: 192 }, (_, hour) => BigInt(hour) * HOUR));
  expect(await hours(loki, true)).toEqual([191, 190, 0, 1, 48, 49, 96, 97, 144, 145]);
  expect(asked).toEqual(['backward 2', ...Array<string>(4).fill('forward 2')]);
});

it('asks longer questions of a range with few lines, and none twice', async () => {
  const { loki, asked } = lokiOf([100n * HOUR, 190n * HOUR]);
  expect(await hours(loki, true)).toEqual([190, 100, 190, 190]);
  expect(asked).toEqual([
    'backward 2',
    ...['forward 2', 'forward 24', 'forward 192'],
    ...['forward 2', 'forward 24', 'forward 48'],
  ]);
});

it('asks for nothing more of a range without lines', async () => {
  const { loki, asked } = lokiOf([]);
  expect(await hours(loki, true)).toEqual([]);
  expect(asked).toEqual([
    ...['backward 2', 'backward 24', 'backward 192'],
    ...['forward 2', 'forward 24', 'forward 192'],
  ]);
});
