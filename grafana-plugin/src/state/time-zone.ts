import { createContext, useCallback, useContext } from 'react';
import { usePreference } from './preferences.ts';

/** The time zones in which times can be shown: UTC, which is the same for everyone, or that of the browser. */
const TIME_ZONES = ['utc', 'browser'] as const;
export type TimeZone = (typeof TIME_ZONES)[number];

export const isTimeZone = (word: unknown): word is TimeZone => (TIME_ZONES as readonly unknown[]).includes(word);
const parse = (stored: unknown) => (isTimeZone(stored) ? stored : undefined);

/** The time zone for the components below: that of the view, or the preferred one of the user. */
export const TimeZoneContext = createContext<TimeZone>('utc');

/**
 * The time zone in which to show times.
 *
 * @example const when = absoluteTime(ns, useTimeZone());
 */
export function useTimeZone(): TimeZone {
  return useContext(TimeZoneContext);
}

/** The time zone that the user selected last. For the app, which provides it through {@link TimeZoneContext}. */
export const usePreferredTimeZone = () => usePreference<TimeZone>('timeZone', parse, 'utc');

/**
 * The time zone of a view, and a function to change it: that of the address (`tz=browser`), else the one that the user selected
 * last. For the page, which provides it through {@link TimeZoneContext}.
 */
export function useViewTimeZone(
  view: { tz?: TimeZone | undefined },
  show: (change: { tz: TimeZone | undefined }) => void,
): [zone: TimeZone, choose: (zone: TimeZone) => void] {
  const [preferred, prefer] = usePreferredTimeZone();
  const choose = useCallback(
    (zone: TimeZone) => {
      prefer(zone);
      show({ tz: zone === 'browser' ? zone : undefined });
    },
    [prefer, show],
  );
  return [view.tz ?? preferred, choose];
}
