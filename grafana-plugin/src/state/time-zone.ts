import { createContext, useCallback, useContext } from 'react';
import { usePreference } from './preferences.ts';

/** In what times are shown: UTC, so that a trail is compared across places, or the time of this browser. */
const TIME_ZONES = ['utc', 'browser'] as const;
export type TimeZone = (typeof TIME_ZONES)[number];

export const isTimeZone = (word: unknown): word is TimeZone => (TIME_ZONES as readonly unknown[]).includes(word);
const parse = (stored: unknown) => (isTimeZone(stored) ? stored : undefined);

/** The time zone of what stands below it: the one that the user chose, or that of the view. */
export const TimeZoneContext = createContext<TimeZone>('utc');

/**
 * In what times are to be shown.
 *
 * @example const when = absoluteTime(ns, useTimeZone());
 */
export function useTimeZone(): TimeZone {
  return useContext(TimeZoneContext);
}

/** The time zone that this user chose last. For the app, which gives it on through {@link TimeZoneContext}. */
export const usePreferredTimeZone = () => usePreference<TimeZone>('timeZone', parse, 'utc');

/**
 * The time zone that a view is shown in, and how to choose another: the URL's (`tz=browser`), else the one that this user
 * chose last. For the page, which gives it on through {@link TimeZoneContext}.
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
