import React, { useMemo } from 'react';
import { css, cx } from '@emotion/css';
import { msToNs } from '@auditrail/core';
import { type TimeRange } from '@auditrail/core/query';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, useStyles2 } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { absoluteTime, zoneName } from '../../format/when.ts';
import { useTimeZone, type TimeZone } from '../../state/time-zone.ts';
import type { Volume } from '../../state/use-volume.ts';
import { testIds } from '../testIds.ts';
import { toBars, type Bar } from './bars.ts';
import { useMarking, type Marked } from './use-marking.ts';

const HEIGHT = 48;
const number = (value: number) => value.toLocaleString('en');

interface Props {
  volume: Volume;
  range: TimeRange;
  /** Up to when bars are drawn where new entries are followed. */
  nowNs?: bigint | undefined;
  /** Shows a span, in milliseconds since 1970; both ends belong to it. */
  onZoom: (from: number, to: number) => void;
  onZoomOut: () => void;
}

/** Entries over time, failures on top of successes. Marking bars, by pointer or keyboard, shows their span. */
export function Histogram({ volume, range, nowNs, onZoom, onZoomOut }: Props) {
  const styles = useStyles2(getStyles);
  const zone = useTimeZone();
  const { bars: counted, stale } = volume;
  const bars = useMemo(() => toBars(range, stale ? [] : counted, nowNs), [range, counted, stale, nowNs]);
  const spanOf = ({ first, last }: Marked) => ({ from: bars[first]?.start ?? 0, to: bars[last]?.end ?? 0 });
  const { marked, handlers } = useMarking(bars.length, (chosen) => {
    const { from, to } = spanOf(chosen);
    onZoom(from, to - 1);
  });
  const { entries, failures } = totalOf(bars);
  const label = t('histogram.label', 'Entries over time: {{entries}}, of them {{failures}} failures', {
    entries: number(entries),
    failures: number(failures),
  });
  if (volume.state === 'failed' && counted.length === 0) {
    return (
      <figure className={styles.figure} data-testid={testIds.histogram.container}>
        <figcaption className={styles.failed}>{t('histogram.failed', 'The chart could not be read')}</figcaption>
      </figure>
    );
  }
  return (
    <figure className={styles.figure} data-testid={testIds.histogram.container}>
      <div
        className={styles.frame}
        role="application"
        tabIndex={0}
        aria-label={label}
        aria-description={t(
          'histogram.keys',
          'Arrow keys mark a bar, with Shift more of them; Enter shows the marked time, Escape marks nothing',
        )}
        data-testid={testIds.histogram.chart}
        {...handlers}
      >
        <Bars bars={bars} zone={zone} styles={styles} />
        {marked && (
          <div
            className={styles.marked}
            style={{
              left: `${(marked.first / bars.length) * 100}%`,
              width: `${((marked.last - marked.first + 1) / bars.length) * 100}%`,
            }}
          />
        )}
      </div>
      <div className={styles.axis}>
        <span>{axisTime(bars[0]?.start ?? 0, zone)}</span>
        <span className={styles.middle}>
          <span aria-live="polite" data-testid={testIds.histogram.marked}>
            {marked && barText({ ...totalOf(bars.slice(marked.first, marked.last + 1)), ...spanOf(marked) }, zone)}
          </span>
          {!marked && (
            <span className={styles.legend}>
              <i className={styles.successKey} /> {t('histogram.success', 'success')}
              <i className={styles.failureKey} /> {t('histogram.failure', 'failure')}
              <Button
                size="sm"
                fill="text"
                icon="search-minus"
                onClick={onZoomOut}
                data-testid={testIds.histogram.zoomOut}
              >
                {t('histogram.zoom-out', 'Zoom out')}
              </Button>
            </span>
          )}
        </span>
        <span>
          {axisTime(bars.at(-1)?.end ?? 0, zone)} {zoneName(zone)}
        </span>
      </div>
    </figure>
  );
}

function totalOf(bars: readonly Bar[]) {
  const failures = bars.reduce((sum, { failure }) => sum + failure, 0);
  return { failures, entries: bars.reduce((sum, { success }) => sum + success, failures) };
}

const axisTime = (ms: number, zone: TimeZone) => absoluteTime(msToNs(ms), zone).slice(0, 16);

function barText(
  { from, to, entries, failures }: Record<'from' | 'to' | 'entries' | 'failures', number>,
  zone: TimeZone,
) {
  return t('histogram.bar', '{{from}} – {{to}} {{zone}}: {{success}} success, {{failure}} failure', {
    from: absoluteTime(msToNs(from), zone),
    to: absoluteTime(msToNs(to), zone),
    zone: zoneName(zone),
    success: number(entries - failures),
    failure: number(failures),
    ...AS_TEXT,
  });
}

const Bars = React.memo(function Bars({
  bars,
  zone,
  styles,
}: {
  bars: readonly Bar[];
  zone: TimeZone;
  styles: ReturnType<typeof getStyles>;
}) {
  const highest = Math.max(1, ...bars.map(({ success, failure }) => success + failure));
  // What is there is seen, however small beside the highest bar.
  const height = (entries: number) => (entries === 0 ? 0 : Math.max(2, (entries / highest) * (HEIGHT - 4)));
  return (
    <svg
      className={styles.chart}
      viewBox={`0 0 ${Math.max(1, bars.length)} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden
    >
      {bars.map(({ start, end, success, failure, counted }, i) => {
        const [low, high] = [height(success), height(failure)];
        const text = barText({ from: start, to: end, entries: success + failure, failures: failure }, zone);
        return (
          <g key={start} className={styles.bar}>
            <title>{text}</title>
            <rect className={cx(styles.hit, !counted && styles.unknown)} x={i} y={0} width={1} height={HEIGHT} />
            <rect className={styles.success} x={i + 0.1} y={HEIGHT - low} width={0.8} height={low} />
            <rect className={styles.failure} x={i + 0.1} y={HEIGHT - low - high} width={0.8} height={high} />
          </g>
        );
      })}
    </svg>
  );
});

const getStyles = (theme: GrafanaTheme2) => {
  const success = theme.visualization.getColorByName('green');
  const failure = theme.visualization.getColorByName('red');
  const key = { display: 'inline-block', width: 10, height: 10, borderRadius: theme.shape.radius.default };
  return {
    figure: css({ margin: 0, height: HEIGHT + 26 }),
    frame: css({
      position: 'relative',
      cursor: 'crosshair',
      touchAction: 'pan-y',
      userSelect: 'none',
      borderBottom: `1px solid ${theme.colors.border.medium}`,
    }),
    chart: css({ display: 'block', width: '100%', height: HEIGHT }),
    marked: css({
      position: 'absolute',
      top: 0,
      bottom: 0,
      pointerEvents: 'none',
      background: theme.colors.primary.transparent,
      border: `1px solid ${theme.colors.primary.border}`,
    }),
    bar: css({}),
    hit: css({ fill: 'transparent', 'g:hover > &': { fill: theme.colors.action.hover } }),
    // Not counted yet, as against empty.
    unknown: css({ fill: theme.colors.background.secondary }),
    success: css({ fill: success, pointerEvents: 'none' }),
    failure: css({ fill: failure, pointerEvents: 'none' }),
    axis: css({
      display: 'flex',
      justifyContent: 'space-between',
      alignItems: 'center',
      height: 26,
      color: theme.colors.text.secondary,
      fontSize: theme.typography.bodySmall.fontSize,
      fontVariantNumeric: 'tabular-nums',
      whiteSpace: 'nowrap',
    }),
    middle: css({ minWidth: 0, overflow: 'hidden', textOverflow: 'ellipsis' }),
    legend: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(0.75) }),
    successKey: css({ ...key, background: success }),
    failureKey: css({ ...key, background: failure, marginLeft: theme.spacing(1) }),
    failed: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  };
};
