import { parseDurationMs } from './duration.ts';

const DAY = 86_400_000;

test.each([
  ['8760h0m0s', 365 * DAY],
  ['1y', 365 * DAY],
  ['366d', 366 * DAY],
  ['30d1h', 30 * DAY + 3_600_000],
  ['4w2d', 30 * DAY],
  ['720h0m0s', 30 * DAY],
  ['1w2d3h4m5s6ms', 9 * DAY + 3 * 3_600_000 + 4 * 60_000 + 5_006],
  ['1.5s', 1_500],
  ['100ms', 100],
  ['2us500ns', 0.0025],
  ['0s', 0],
  ['0', 0],
])('%s is a duration', (text, ms) => expect(parseDurationMs(text)).toBeCloseTo(ms, 9));

test.each(['', 'd', '30', '30 d', '1h ', '1.5d', '-30d', '-1h', '1h1d', 'soon', 'for ever'])('"%s" is not', (text) =>
  expect(parseDurationMs(text)).toBeUndefined(),
);
