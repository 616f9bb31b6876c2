import { latestYear, LineClock, millisecondsOf, parseLogTime, yearOfLog, type WallTime } from './timestamps.ts';
import { checkZone, utcOf } from './zone.ts';

const time = (text: string): WallTime => {
  const parsed = parseLogTime(`${text} host`)?.time;
  if (!parsed || 'ns' in parsed) throw new Error(`not a time: ${text}`);
  return parsed;
};
const noon = new Date('2026-11-21T12:00:00Z');

describe('times without a year', () => {
  it('accept one and two digits for the day', () => {
    expect(time('Dec 10 06:55:46')).toEqual({ month: 11, day: 10, hour: 6, minute: 55, second: 46 });
    expect(time('Jan  3 23:59:59')).toEqual({ month: 0, day: 3, hour: 23, minute: 59, second: 59 });
    expect(parseLogTime('Foo 10 06:55:46 host')).toBeUndefined();
  });

  it.each(['Feb 30 00:00:00', 'Jan 32 00:00:00', 'Jan 1 24:00:00', 'Jan 1 00:60:00', 'Jan 1 00:00:61'])(
    'do not exist: %s',
    (text) => {
      expect(millisecondsOf(2026, time(text))).toBeUndefined();
    },
  );

  it('get the latest year that is in the past in some time zone', () => {
    expect(latestYear(time('Nov 21 11:59:59'), noon)).toBe(2026);
    // A log of a server in Tokyo, which is ahead of UTC.
    expect(latestYear(time('Nov 21 20:59:00'), noon)).toBe(2026);
    expect(latestYear(time('Nov 23 12:00:00'), noon)).toBe(2025);
    expect(latestYear(time('Feb 29 12:00:00'), noon)).toBe(2024);
  });

  it('continue in the next year, also without a line in December', () => {
    const clock = new LineClock(2025);
    const texts = ['Nov 30 23:59:59', 'Jan  2 00:00:00', 'Mar  1 00:00:00', 'Feb 27 00:00:00', 'Feb  1 00:00:00'];
    expect(texts.map((text) => clock.next(time(text))?.text.slice(0, 10))).toEqual([
      '2025-11-30',
      '2026-01-02',
      '2026-03-01',
      '2026-02-27',
      '2026-02-01',
    ]);
  });

  it('get a year for which the whole log is in the past, if it spans the end of a year', () => {
    expect(yearOfLog(['Nov 20 00:00:00', 'Jan  3 00:00:00'].map(time), noon)).toBe(2025);
    expect(yearOfLog(['Nov 20 00:00:00', 'Nov 21 00:00:00'].map(time), noon)).toBe(2026);
    expect(yearOfLog([], noon)).toBeUndefined();
  });

  it('may be out of order at the turn of the year', () => {
    const clock = new LineClock(2025);
    const texts = ['Dec 31 23:59:59', 'Jan  1 00:00:00', 'Dec 31 23:59:59', 'Jan  1 00:00:01', 'Dec 31 23:59:58'];
    expect(texts.map((text) => clock.next(time(text))?.text)).toEqual([
      '2025-12-31T23:59:59.000000000Z',
      '2026-01-01T00:00:00.000000000Z',
      '2025-12-31T23:59:59.000000001Z',
      '2026-01-01T00:00:01.000000000Z',
      '2025-12-31T23:59:58.000000000Z',
    ]);
  });
});

describe('times with a year or time zone', () => {
  it.each([
    ['2026-11-27T06:55:48.123456+01:00', '2026-11-27T05:55:48.123456000Z'],
    ['2026-11-27T06:55:48+0530', '2026-11-27T01:25:48.000000000Z'],
    ['2026-11-27T06:55:48Z', '2026-11-27T06:55:48.000000000Z'],
    ['2026-11-27 06:55:48,5', '2026-11-27T06:55:48.500000000Z'],
    ['2026 Nov 27 06:55:48', '2026-11-27T06:55:48.000000000Z'],
    ['Nov 27 2026 06:55:48.25', '2026-11-27T06:55:48.250000000Z'],
  ])('%s', (text, utc) => {
    const parsed = parseLogTime(`${text} host`);
    expect(parsed && new LineClock(1999).next(parsed.time)?.text).toBe(utc);
    expect(parsed?.length).toBe(text.length + 1);
  });

  it('are converted from their time zone, also when daylight saving time starts or ends', () => {
    const text = (zone: string, wall: string) => new LineClock(2026, zone).next(time(wall))?.text.slice(5, 16);
    expect(text('+02:00', 'Nov 21 01:00:00')).toBe('11-20T23:00');
    expect(text('Asia/Tokyo', 'Nov 21 20:00:00')).toBe('11-21T11:00');
    expect(text('Europe/Berlin', 'Jul  1 12:00:00')).toBe('07-01T10:00');
    expect(text('Europe/Berlin', 'Oct 25 01:59:59')).toBe('10-24T23:59');
    expect(text('Europe/Berlin', 'Oct 25 02:30:00')).toBe('10-25T00:30');
    expect(text('Europe/Berlin', 'Oct 25 03:00:00')).toBe('10-25T02:00');
    expect(utcOf(Date.UTC(2026, 2, 29, 3), 'Europe/Berlin')).toBe(Date.UTC(2026, 2, 29, 1));
    expect(() => checkZone('Mars/Olympus')).toThrow(RangeError);
  });
});
