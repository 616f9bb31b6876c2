import { KEEPER_PATHS, type KeeperClient, type KeeperPath } from './keeper-client.ts';
import { responsiveKeeper } from './responsive-keeper.ts';

const { rows, count } = KEEPER_PATHS;
const never = (signal?: AbortSignal) =>
  new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))));
const later = <T>(ms: number, value: T) => new Promise<T>((resolve) => setTimeout(() => resolve(value), ms));

let aborted: string[];
const keeper = (answer: (path: KeeperPath, signal?: AbortSignal) => Promise<unknown>): KeeperClient => ({
  ask(path, _, signal) {
    signal?.addEventListener('abort', () => aborted.push(path));
    return answer(path, signal);
  },
});

beforeEach(() => {
  jest.useFakeTimers();
  aborted = [];
});
afterEach(() => jest.useRealTimers());

it('gives up a keeper that answers nothing within a second, and ends its requests', async () => {
  const asked = responsiveKeeper(keeper((_, signal) => never(signal))).ask(rows, {});
  const failed = expect(asked).rejects.toMatchObject({ code: 'KEEPER_UNAVAILABLE' });
  await jest.advanceTimersByTimeAsync(999);
  expect(aborted).toEqual([]);
  await jest.advanceTimersByTimeAsync(1);
  await failed;
  expect(aborted.sort()).toEqual([count, rows].sort());
});

it('waits for a question that takes long while the keeper answers others', async () => {
  const slow = keeper((path) => (path === count ? later(10, { count: 0 }) : later(5_000, 'rows')));
  const asked = responsiveKeeper(slow).ask(rows, {});
  await jest.advanceTimersByTimeAsync(5_000);
  expect(await asked).toBe('rows');
});

it('does not wait for one question for ever', async () => {
  const stuck = keeper((path, signal) => (path === count ? later(10, { count: 0 }) : never(signal)));
  const failed = expect(responsiveKeeper(stuck, { longestMs: 20_000 }).ask(rows, {})).rejects.toThrow('20000 ms');
  await jest.advanceTimersByTimeAsync(20_000);
  await failed;
});

it('passes on a refusal, and the abort of the caller', async () => {
  const refusing = responsiveKeeper(keeper(() => Promise.reject(new Error('refused'))));
  await expect(refusing.ask(rows, {})).rejects.toThrow('refused');
  const controller = new AbortController();
  const asked = responsiveKeeper(keeper((_, signal) => never(signal))).ask(rows, {}, controller.signal);
  const failed = expect(asked).rejects.toThrow('aborted');
  controller.abort();
  await failed;
});
