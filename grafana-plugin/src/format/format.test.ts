import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { parseTime } from '@auditrail/core';
import fc from 'fast-check';
import { eventColor } from './event-color.ts';
import { prettyLine, valueText } from './json-text.ts';
import { NOTHING, targetText } from './target-text.ts';
import { absoluteTime, exactTime, relativeAge, zonedTime } from './when.ts';

test.each([
  ['created', 'green'],
  ['updated', 'blue'],
  ['deleted', 'red'],
  ['login', 'darkgrey'],
  ['constructor', 'darkgrey'],
])('the badge of "%s" is %s', (event, color) => {
  expect(eventColor(event)).toBe(color);
});

test.each([
  [undefined, NOTHING],
  [{ type: 'user', id: '42' }, 'User #42'],
  [{ type: 'project', id: '7', name: 'Apollo' }, 'Project Apollo'],
  [{ type: 'settings' }, 'Settings'],
  [{ type: 'élan', id: '1' }, 'Élan #1'],
  [{ type: '😀x' }, '😀x'],
])('the target %j is "%s"', (target, text) => {
  expect(targetText(target)).toBe(text);
});

const at = Date.parse('2026-11-21T06:18:19Z');
const ns = (ms: number) => BigInt(ms) * 1_000_000n;

test('a time is shown in UTC', () => {
  expect(absoluteTime(ns(at) + 999_999_999n)).toBe('2026-11-21 06:18:19');
});

// Berlin's hour that comes twice, India's half hour, and a zone west of Greenwich.
test.each([
  ['Europe/Berlin', '2026-10-25T00:30:00.123456789Z', '02:30:00', '+02:00'],
  ['Europe/Berlin', '2026-10-25T01:30:00.1Z', '02:30:00', '+01:00'],
  ['Asia/Kolkata', '2026-10-24T21:00:00Z', '02:30:00', '+05:30'],
  ['America/St_Johns', '2026-10-25T05:00:00.000000001Z', '02:30:00', '-02:30'],
])('a time has its offset: %s at %s', (zone, time, clock, offset) => {
  // A process has one zone.
  const script = `import { exactTime, zonedTime } from ${JSON.stringify(pathToFileURL(`${__dirname}/when.ts`).href)};
    console.log(zonedTime(${parseTime(time)}n, 'browser')); console.log(exactTime('${time}', 'browser'))`;
  const output = execFileSync(
    process.execPath,
    ['--conditions=@auditrail/source', '--input-type=module', '-e', script],
    {
      encoding: 'utf8',
      env: { ...process.env, TZ: zone },
    },
  );
  const exact = `2026-10-25T${clock}${time.slice(19, -1)}${offset}`;
  expect(output.trim().split('\n')).toEqual([`2026-10-25 ${clock} UTC${offset}`, exact]);
  expect(Date.parse(exact)).toBe(Date.parse(time));
});

test('a time in UTC is marked as UTC', () => {
  expect(zonedTime(ns(at), 'utc')).toBe('2026-11-21 06:18:19 UTC');
  expect(exactTime('2026-11-21T06:18:19.1Z', 'utc')).toBe('2026-11-21T06:18:19.1Z');
});

test.each([
  [0, 'now'],
  [-4_000, 'now'],
  [-30_000, '30 seconds ago'],
  [-119_000, '1 minute ago'],
  [-7_200_000, '2 hours ago'],
  [-86_400_000, 'yesterday'],
  [-40 * 86_400_000, 'last month'],
  [180_000, 'in 3 minutes'],
])('%d ms from now is "%s"', (ms, text) => {
  expect(relativeAge(ns(at + ms), at)).toBe(text);
});

test('an age in the language of the page', () => {
  expect(relativeAge(ns(at - 345_600_000), at, 'de-DE')).toBe('vor 4 Tagen');
  expect(relativeAge(ns(at - 345_600_000), at, 'ja-JP')).toBe('4 日前');
});

test('values of changes are shown as they are', () => {
  expect(valueText('a "b"')).toBe('a "b"');
  expect(valueText(null)).toBe('null');
  expect(valueText({ a: [1] })).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(valueText(undefined)).toBe('');
});

test('a line is formatted without changing its content; a line that is not JSON is unchanged', () => {
  fc.assert(fc.property(fc.json(), (line) => expect(JSON.parse(prettyLine(line))).toEqual(JSON.parse(line))));
  expect(prettyLine('no {json')).toBe('no {json');
});
