import { AuditError } from '../errors.ts';
import type { LokiClient } from './client.ts';
import { valuesSoFar, type ValuesSoFar } from './values-so-far.ts';

const HOUR = 3_600_000_000_000n;
const range = { start: 0n, end: 100n * HOUR };

function client(answer: (hours: number, query: string) => Record<string, number>): LokiClient & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    get: (_, { query = '' }) => {
      asked.push(query);
      const hours = Number(/\[(\d+)ms\]/.exec(query)?.[1]) / 3_600_000;
      const label = /sum by \((\w+)\)/.exec(query)?.[1] ?? '';
      const result = Object.entries(answer(hours, query)).map(([value, count]) => ({
        metric: { [label]: value },
        value: [0, String(count)],
      }));
      return Promise.resolve({ data: { resultType: 'vector', result } });
    },
  };
}

async function all(
  loki: LokiClient,
  options: Partial<Parameters<typeof valuesSoFar>[2]> = {},
  field = 'action' as const,
) {
  const steps: ValuesSoFar[] = [];
  for await (const step of valuesSoFar(loki, field, { range, ...options })) steps.push(step);
  return steps;
}

test('newest first, in slices that grow; counts add up', async () => {
  const steps = await all(client((hours) => ({ login: hours, logout: 1 })));
  expect(steps.map(({ since }) => Number(since / HOUR))).toEqual([94, 82, 58, 10, 0]);
  expect(steps[0]?.values).toEqual([
    { value: 'login', count: 6 },
    { value: 'logout', count: 1 },
  ]);
  expect(steps.at(-1)?.values).toEqual([
    { value: 'login', count: 100 },
    { value: 'logout', count: 5 },
  ]);
});

test('if a slice is too much for Loki, a shorter one is read; the whole range is still read', async () => {
  const loki = client((hours) => {
    if (hours > 5) throw new AuditError('LOKI_REFUSED', 'maximum number of series (500) reached', { status: 400 });
    return { login: hours };
  });
  const last = (await all(loki, { slices: 200 })).at(-1);
  expect(last?.since).toBe(0n);
  expect(last?.values[0]?.count).toBeCloseTo(100);
});

test('another refusal is thrown', async () => {
  const loki = client(() => {
    throw new AuditError('LOKI_REFUSED', 'parse error', { status: 400 });
  });
  await expect(all(loki)).rejects.toThrow('parse error');
});

test('it stops after a number of requests, and reports how far it came', async () => {
  expect(
    (
      await all(
        client(() => ({ a: 1 })),
        { slices: 2 },
      )
    ).at(-1)?.since,
  ).toBe(82n * HOUR);
});

test('typed text narrows the request; too many values are reported as cut', async () => {
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`v${i}`, 1]));
  const loki = client(() => many);
  expect((await all(loki, { containing: 'V' }))[0]?.cut).toBe(true);
  expect(loki.asked[0]).toContain('| audit_action=~"(?is).*V.*"');
});

test('members of a list are values', async () => {
  const loki = client(() => ({ '["a","b"]': 2, '["b"]': 3, broken: 1 }));
  const [first] = await all(loki, {}, 'group' as never);
  expect(first?.values).toEqual([
    { value: 'b', count: 5 },
    { value: 'a', count: 2 },
  ]);
});
