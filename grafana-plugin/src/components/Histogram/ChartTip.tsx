import React from 'react';
import { css } from '@emotion/css';
import { msToNs } from '@auditrail/core';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { absoluteTime, zoneName } from '../../format/when.ts';
import { useTimeZone } from '../../state/time-zone.ts';
import { testIds } from '../testIds.ts';
import type { Bar } from './bars.ts';
import { chartColors } from './chart-colors.ts';

const number = (value: number) => value.toLocaleString('en');

/** The content of the hovered bar. For screen readers, the selected bars are announced instead. */
export function ChartTip({ bar, at }: { bar: Bar; at: number }) {
  const styles = useStyles2(getStyles);
  const zone = useTimeZone();
  const time = (ms: number) => absoluteTime(msToNs(ms), zone);
  const [from, to] = [time(bar.start), time(bar.end)];
  return (
    <div
      aria-hidden
      className={styles.tip}
      // Stays within the chart at both ends.
      style={{ left: `${at * 100}%`, transform: `translateX(${-at * 100}%)` }}
      data-testid={testIds.histogram.tip}
    >
      <div className={styles.time}>
        {/* If both are on the same day, the day is shown once. */}
        {from} – {from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to} {zoneName(zone)}
      </div>
      {bar.counted ? (
        <>
          <div>
            <i className={styles.success} />{' '}
            {t('histogram.tip-success', '{{number}} success', { number: number(bar.success), ...AS_TEXT })}
          </div>
          <div>
            <i className={styles.failure} />{' '}
            {t('histogram.tip-failure', '{{number}} failure', { number: number(bar.failure), ...AS_TEXT })}
          </div>
          <div className={styles.hint}>{t('histogram.tip-hint', 'Click or drag to zoom in')}</div>
        </>
      ) : (
        t('histogram.tip-unknown', 'Not counted yet')
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => {
  const { success, failure } = chartColors(theme);
  const key = { display: 'inline-block', width: 10, height: 10, borderRadius: theme.shape.radius.default };
  return {
    tip: css({
      position: 'absolute',
      top: `calc(100% + ${theme.spacing(3)})`,
      zIndex: theme.zIndex.tooltip,
      padding: theme.spacing(1, 1.5),
      border: `1px solid ${theme.colors.border.weak}`,
      borderRadius: theme.shape.radius.default,
      background: theme.colors.background.elevated,
      boxShadow: theme.shadows.z3,
      color: theme.colors.text.primary,
      fontSize: theme.typography.bodySmall.fontSize,
      fontVariantNumeric: 'tabular-nums',
      whiteSpace: 'nowrap',
      pointerEvents: 'none',
    }),
    time: css({ marginBottom: theme.spacing(0.5), color: theme.colors.text.secondary }),
    hint: css({ marginTop: theme.spacing(0.5), color: theme.colors.text.secondary }),
    success: css({ ...key, background: success }),
    failure: css({ ...key, background: failure }),
  };
};
