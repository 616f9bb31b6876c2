import { parseSettings } from '@auditrail/core/detections';
import { filterProblem } from '@auditrail/core/query';
import { COUNTS, LISTS, rangeBefore, SIGN_IN_ACTIONS } from './questions.ts';

const HOUR = 3_600_000_000_000n;
const DAY = 24n * HOUR;

it('counts the sign-ins that the alert rules watch by default', () => {
  expect(parseSettings({}).actions.signIn).toEqual(SIGN_IN_ACTIONS);
});

it('asks only for filters that exist', () => {
  const filters = [...Object.values(COUNTS).flat(), ...Object.values(LISTS).flatMap((list) => list.filters)];
  for (const filter of filters) expect(filterProblem(filter)).toBeUndefined();
});

it.each([
  ['an hour', HOUR, DAY, 1],
  ['a day', DAY, DAY, 1],
  ['a day with its last millisecond', DAY + 1_000_000n, DAY, 1],
  ['a day and an hour', DAY + HOUR, 2n * DAY, 2],
  ['a week', 7n * DAY, 7n * DAY, 7],
  ['nothing', 0n, DAY, 1],
])('compares %s with the same hours, whole days earlier', (_, length, shift, days) => {
  const end = 100n * DAY;
  expect(rangeBefore({ start: end - length, end })).toEqual({ start: end - length - shift, end: end - shift, days });
});
