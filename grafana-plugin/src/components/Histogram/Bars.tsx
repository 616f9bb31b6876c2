import React, { memo } from 'react';
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import type { Bar } from './bars.ts';
import { chartColors } from './chart-colors.ts';

/** Height of the area of the bars in pixels. */
export const BARS_HEIGHT = 48;

/** The bars of the chart, with failures on top of successes. The height of the area represents `top` entries. */
export const Bars = memo(function Bars({ bars, top }: { bars: readonly Bar[]; top: number }) {
  const styles = useStyles2(getStyles);
  // Even the smallest bar is visible.
  const height = (entries: number) => (entries === 0 ? 0 : Math.max(2, (entries / top) * BARS_HEIGHT));
  return (
    <svg
      className={styles.chart}
      viewBox={`0 0 ${Math.max(1, bars.length)} ${BARS_HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden
    >
      {bars.map(({ start, success, failure, counted }, i) => {
        const [low, high] = [height(success), height(failure)];
        return (
          <g key={start}>
            <rect className={cx(styles.hit, !counted && styles.unknown)} x={i} y={0} width={1} height={BARS_HEIGHT} />
            <rect className={styles.success} x={i + 0.1} y={BARS_HEIGHT - low} width={0.8} height={low} />
            <rect className={styles.failure} x={i + 0.1} y={BARS_HEIGHT - low - high} width={0.8} height={high} />
          </g>
        );
      })}
    </svg>
  );
});

const getStyles = (theme: GrafanaTheme2) => {
  const { success, failure } = chartColors(theme);
  return {
    chart: css({ position: 'relative', display: 'block', width: '100%', height: BARS_HEIGHT }),
    hit: css({ fill: 'transparent', 'g:hover > &': { fill: theme.colors.action.hover } }),
    // Not counted yet, which differs from empty.
    unknown: css({ fill: theme.colors.background.secondary }),
    success: css({ fill: success, pointerEvents: 'none' }),
    failure: css({ fill: failure, pointerEvents: 'none' }),
  };
};
