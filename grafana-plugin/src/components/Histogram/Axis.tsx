import React, { useMemo, type ReactNode } from 'react';
import { css } from '@emotion/css';
import { msToNs } from '@auditrail/core';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { absoluteTime, zoneName } from '../../format/when.ts';
import { useTimeZone } from '../../state/time-zone.ts';
import { numbersOf, timeTicks } from './axis.ts';
import { BARS_HEIGHT } from './Bars.tsx';
import type { Bar } from './bars.ts';

/** Pixels left of the chart for its numbers. */
export const NUMBERS_WIDTH = 40;
const TICK_WIDTH = 84;
// Ticks leave room for the times of both ends.
const ENDS = { left: 150, right: 260 } as const;

const compact = new Intl.NumberFormat('en', { notation: 'compact' });

/** The numbers beside the chart, each with a line. */
export function NumberAxis({ top }: { top: number }) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.numbers} aria-hidden>
      {numbersOf(top).map((value) => (
        <div key={value} className={styles.number} style={{ top: (1 - value / top) * BARS_HEIGHT }}>
          <span>{compact.format(value)}</span>
        </div>
      ))}
    </div>
  );
}

/** The times below the chart: both ends, and full hours or days between them, or `children` instead. */
export function TimeAxis({ bars, width, children }: { bars: readonly Bar[]; width: number; children: ReactNode }) {
  const styles = useStyles2(getStyles);
  const zone = useTimeZone();
  const end = (ms: number) => absoluteTime(msToNs(ms), zone).slice(0, 16);
  const ticks = useMemo(() => timeTicks(bars, zone, Math.floor(width / TICK_WIDTH)), [bars, zone, width]);
  const shown = ticks.filter(({ at }) => at * width > ENDS.left && (1 - at) * width > ENDS.right);
  return (
    <div className={styles.times}>
      <span>{end(bars[0]?.start ?? 0)}</span>
      {children ?? (
        <span className={styles.ticks} aria-hidden>
          {shown.map(({ at, label }) => (
            <span key={at} className={styles.tick} style={{ left: `${at * 100}%` }}>
              {label}
            </span>
          ))}
        </span>
      )}
      <span>
        {end(bars.at(-1)?.end ?? 0)} {zoneName(zone)}
      </span>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => {
  const small = { color: theme.colors.text.secondary, fontSize: 11, lineHeight: '14px' } as const;
  return {
    numbers: css({ position: 'absolute', top: 0, left: -NUMBERS_WIDTH, right: 0, height: BARS_HEIGHT }),
    number: css({
      ...small,
      position: 'absolute',
      left: 0,
      right: 0,
      '& > span': { position: 'absolute', top: -7, width: NUMBERS_WIDTH - 6, textAlign: 'right' },
      '&::after': {
        content: '""',
        position: 'absolute',
        left: NUMBERS_WIDTH,
        right: 0,
        borderTop: `1px solid ${theme.colors.border.weak}`,
      },
    }),
    times: css({
      ...small,
      position: 'relative',
      display: 'flex',
      justifyContent: 'space-between',
      height: 18,
      paddingTop: 4,
      fontVariantNumeric: 'tabular-nums',
      whiteSpace: 'nowrap',
    }),
    ticks: css({ position: 'absolute', inset: 0 }),
    tick: css({
      position: 'absolute',
      top: 4,
      transform: 'translateX(-50%)',
      '&::before': {
        content: '""',
        position: 'absolute',
        top: -4,
        left: '50%',
        height: 4,
        borderLeft: `1px solid ${theme.colors.border.medium}`,
      },
    }),
  };
};
