import { latestYear, LineClock, millisecondsOf, parseSyslogTime } from './timestamps.ts';

const time = (text: string) => {
  const parsed = parseSyslogTime(`${text} host`);
  if (!parsed) throw new Error(`no time: ${text}`);
  return parsed.time;
};

describe('times without a year', () => {
  it('reads one and two digits of the day', () => {
    expect(time('Dec 10 06:55:46')).toEqual({ month: 11, day: 10, hour: 6, minute: 55, second: 46 });
    expect(time('Jan  3 23:59:59')).toEqual({ month: 0, day: 3, hour: 23, minute: 59, second: 59 });
    expect(parseSyslogTime('Foo 10 06:55:46 host')).toBeUndefined();
  });

  it.each(['Feb 30 00:00:00', 'Jan 32 00:00:00', 'Jan 1 24:00:00', 'Jan 1 00:60:00', 'Jan 1 00:00:61'])(
    'knows that there is no %s',
    (text) => {
      expect(millisecondsOf(2026, time(text))).toBeUndefined();
    },
  );

  it('chooses the latest year that lies in the past', () => {
    const now = new Date('2026-11-21T12:00:00Z');
    expect(latestYear(time('Nov 21 11:59:59'), now)).toBe(2026);
    expect(latestYear(time('Nov 21 12:00:01'), now)).toBe(2025);
    expect(latestYear(time('Feb 29 12:00:00'), now)).toBe(2024);
  });

  it('goes on into the next year, and bears lines out of order at its turn', () => {
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
