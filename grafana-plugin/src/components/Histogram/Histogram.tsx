import React, { useCallback, useMemo } from 'react';
import { css, cx } from '@emotion/css';
import {
  ATTRIBUTES,
  lokiName,
  msToNs,
  readVolume,
  type EntryQuery,
  type LokiClient,
  type TimeRange,
} from '@auditrail/core';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { absoluteTime } from '../../format/when.ts';
import { useLoad } from '../../state/use-load.ts';
import { testIds } from '../testIds.ts';
import { barRange, planBars, toBars, type Bar } from './bars.ts';

const OUTCOME = lokiName(ATTRIBUTES.outcome);
const HEIGHT = 48;
const number = (value: number) => value.toLocaleString('en');

interface Props {
  loki: LokiClient;
  query: EntryQuery;
  range: TimeRange;
  /** Shows the span of one bar, in milliseconds since 1970. */
  onZoom: (from: number, to: number) => void;
}

/** Entries over time, failures on top of successes. A click on a bar shows its span. */
export function Histogram({ loki, query, range, onZoom }: Props) {
  const styles = useStyles2(getStyles);
  const plan = useMemo(() => planBars(range), [range]);
  const loaded = useLoad(
    useCallback(
      async (signal: AbortSignal) =>
        toBars(plan, OUTCOME, await readVolume(loki, plan.stepSeconds, { query, range: barRange(plan), signal })),
      [loki, query, plan],
    ),
  );
  const bars = loaded.value ?? [];
  const highest = Math.max(1, ...bars.map(({ success, failure }) => success + failure));
  const failures = bars.reduce((sum, { failure }) => sum + failure, 0);
  const entries = bars.reduce((sum, { success }) => sum + success, failures);
  const step = plan.stepSeconds * 1000;
  const label = t('histogram.label', 'Entries over time: {{entries}}, of them {{failures}} failures', {
    entries: number(entries),
    failures: number(failures),
  });
  return (
    <figure className={styles.figure} data-testid={testIds.histogram.container}>
      {loaded.state === 'failed' ? (
        <figcaption className={styles.failed}>{t('histogram.failed', 'The chart could not be read')}</figcaption>
      ) : (
        <>
          <svg
            className={cx(styles.chart, loaded.state === 'loading' && styles.stale)}
            viewBox={`0 0 ${Math.max(1, bars.length)} ${HEIGHT}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={label}
          >
            {bars.map((bar, i) => (
              <BarShape
                key={bar.start}
                {...{ bar, i, highest, step, styles }}
                onClick={() => onZoom(bar.start, bar.start + step - 1)}
              />
            ))}
          </svg>
          <div className={styles.axis} aria-hidden>
            <span>{axisTime(plan.first)}</span>
            <span className={styles.legend}>
              <i className={styles.successKey} /> {t('histogram.success', 'success')}
              <i className={styles.failureKey} /> {t('histogram.failure', 'failure')}
            </span>
            <span>{axisTime(plan.first + plan.count * step)}</span>
          </div>
        </>
      )}
    </figure>
  );
}

const axisTime = (ms: number) => absoluteTime(msToNs(ms)).slice(0, 16);

interface BarProps {
  bar: Bar;
  i: number;
  highest: number;
  step: number;
  styles: ReturnType<typeof getStyles>;
  onClick: () => void;
}

function BarShape({ bar: { start, success, failure }, i, highest, step, styles, onClick }: BarProps) {
  // What is there is seen, however small beside the highest bar.
  const height = (entries: number) => (entries === 0 ? 0 : Math.max(2, (entries / highest) * (HEIGHT - 2)));
  const low = height(success);
  const high = height(failure);
  return (
    <g onClick={onClick} className={styles.bar}>
      <title>
        {t('histogram.bar', '{{from}} – {{to}} UTC: {{success}} success, {{failure}} failure', {
          from: absoluteTime(msToNs(start)),
          to: absoluteTime(msToNs(start + step)),
          success: number(success),
          failure: number(failure),
        })}
      </title>
      <rect className={styles.hit} x={i} y={0} width={1} height={HEIGHT} />
      <rect className={styles.success} x={i + 0.1} y={HEIGHT - low} width={0.8} height={low} />
      <rect className={styles.failure} x={i + 0.1} y={HEIGHT - low - high} width={0.8} height={high} />
    </g>
  );
}

const getStyles = (theme: GrafanaTheme2) => {
  const success = theme.visualization.getColorByName('green');
  const failure = theme.visualization.getColorByName('red');
  const key = { display: 'inline-block', width: 10, height: 10, borderRadius: theme.shape.radius.default };
  return {
    figure: css({ margin: 0, height: HEIGHT + 22 }),
    chart: css({
      display: 'block',
      width: '100%',
      height: HEIGHT,
      borderBottom: `1px solid ${theme.colors.border.medium}`,
    }),
    stale: css({ opacity: 0.5 }),
    bar: css({ cursor: 'zoom-in' }),
    hit: css({ fill: 'transparent', 'g:hover > &': { fill: theme.colors.action.hover } }),
    success: css({ fill: success }),
    failure: css({ fill: failure }),
    axis: css({
      display: 'flex',
      justifyContent: 'space-between',
      color: theme.colors.text.secondary,
      fontSize: theme.typography.bodySmall.fontSize,
      lineHeight: '20px',
    }),
    legend: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(0.75) }),
    successKey: css({ ...key, background: success }),
    failureKey: css({ ...key, background: failure, marginLeft: theme.spacing(1) }),
    failed: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  };
};
