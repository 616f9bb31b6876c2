import { completeEntry } from '../entry/entry.ts';
import { storedTime } from './stored-time.ts';
import { formatTime, parseTime } from '../time.ts';

const time = '2026-11-21T06:18:19.000000001Z';
const stamp = { id: '019a8f3e-7a10-7000-8000-000000000001', time, service: 'shop' };
const entry = completeEntry({ action: 'a', description: '', actor: { type: 'user' } }, stamp);
const ns = parseTime(time) ?? 0n;

test.each([0n, 1n, -1n, 1_000_000n, -1_000_000n])('%s ns apart is the same time', (apart) => {
  expect(storedTime({ ns: ns + apart, entry })).toBeUndefined();
});

test.each([1_000_001n, -1_000_001n, 86_400_000_000_000n])('%s ns apart is another', (apart) => {
  expect(storedTime({ ns: ns + apart, entry })).toBe(formatTime(ns + apart));
});

test('a line that is not an entry has no time to compare', () => {
  expect(storedTime({ ns })).toBeUndefined();
});
