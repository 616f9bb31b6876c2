import React, { useMemo, useRef, useState } from 'react';
import { css } from '@emotion/css';
import { msToNs } from '@auditrail/core';
import type { TimeRange } from '@auditrail/core/query';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { absoluteTime, zoneName } from '../../format/when.ts';
import { useTimeZone, type TimeZone } from '../../state/time-zone.ts';
import type { Volume } from '../../state/use-volume.ts';
import { useWidth } from '../EntryTable/use-width.ts';
import { testIds } from '../testIds.ts';
import { NUMBERS_WIDTH, NumberAxis, TimeAxis } from './Axis.tsx';
import { roundUp } from './axis.ts';
import { Bars, BARS_HEIGHT } from './Bars.tsx';
import { toBars, type Bar } from './bars.ts';
import { ChartTip } from './ChartTip.tsx';
import { useMarking, type Marked } from './use-marking.ts';

const number = (value: number) => value.toLocaleString('en');

interface Props {
  volume: Volume;
  range: TimeRange;
  /** The end of the bars if new entries are followed. */
  nowNs?: bigint | undefined;
  /** Shows a time range, in milliseconds since 1970, both ends included. */
  onZoom: (from: number, to: number) => void;
}

/** Entries over time, with failures on top of successes. Selecting bars, by pointer or keyboard, zooms in. */
export function Histogram({ volume, range, nowNs, onZoom }: Props) {
  const styles = useStyles2(getStyles);
  const zone = useTimeZone();
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const { bars: counted, stale } = volume;
  const bars = useMemo(() => toBars(range, stale ? [] : counted, nowNs), [range, counted, stale, nowNs]);
  const top = useMemo(() => roundUp(Math.max(0, ...bars.map(({ success, failure }) => success + failure))), [bars]);
  const spanOf = ({ first, last }: Marked) => ({ from: bars[first]?.start ?? 0, to: bars[last]?.end ?? 0 });
  const { marked, barAt, handlers } = useMarking(bars.length, (chosen) => {
    const { from, to } = spanOf(chosen);
    onZoom(from, to - 1);
  });
  const [over, setOver] = useState<number>();
  const hovered = marked || over === undefined ? undefined : bars[over];
  const { entries, failures } = totalOf(bars);
  const label = t('histogram.label', 'Entries over time: {{entries}}, including {{failures}} failures', {
    entries: number(entries),
    failures: number(failures),
  });
  if (volume.state === 'failed' && counted.length === 0) {
    return (
      <figure className={styles.figure} data-testid={testIds.histogram.container}>
        <figcaption className={styles.failed}>{t('histogram.failed', 'The chart could not be loaded')}</figcaption>
      </figure>
    );
  }
  return (
    <figure className={styles.figure} data-testid={testIds.histogram.container}>
      <div
        ref={frame}
        className={styles.frame}
        role="application"
        tabIndex={0}
        aria-label={label}
        aria-description={t(
          'histogram.keys',
          'Press an arrow key to select a bar, with Shift to select several. Press Enter to zoom in, Escape to clear the selection.',
        )}
        data-testid={testIds.histogram.chart}
        {...handlers}
        onPointerMove={(event) => {
          setOver(event.pointerType === 'mouse' ? barAt(event) : undefined);
          handlers.onPointerMove(event);
        }}
        onPointerLeave={() => setOver(undefined)}
      >
        <NumberAxis top={top} />
        <Bars bars={bars} top={top} />
        {marked && (
          <div
            className={styles.marked}
            style={{
              left: `${(marked.first / bars.length) * 100}%`,
              width: `${((marked.last - marked.first + 1) / bars.length) * 100}%`,
            }}
          />
        )}
        {hovered && over !== undefined && <ChartTip bar={hovered} at={(over + 0.5) / bars.length} />}
      </div>
      <TimeAxis bars={bars} width={width}>
        {marked && <span />}
      </TimeAxis>
      <span className={styles.text} aria-live="polite" data-testid={testIds.histogram.marked}>
        {marked && barText({ ...totalOf(bars.slice(marked.first, marked.last + 1)), ...spanOf(marked) }, zone)}
      </span>
    </figure>
  );
}

function totalOf(bars: readonly Bar[]) {
  const failures = bars.reduce((sum, { failure }) => sum + failure, 0);
  return { failures, entries: bars.reduce((sum, { success }) => sum + success, failures) };
}

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

const getStyles = (theme: GrafanaTheme2) => ({
  // Half of the top number is above the chart.
  figure: css({ position: 'relative', margin: 0, paddingTop: 6, paddingLeft: NUMBERS_WIDTH, height: BARS_HEIGHT + 26 }),
  frame: css({
    position: 'relative',
    cursor: 'crosshair',
    touchAction: 'pan-y',
    userSelect: 'none',
    borderBottom: `1px solid ${theme.colors.border.medium}`,
  }),
  marked: css({
    position: 'absolute',
    top: 0,
    bottom: 0,
    pointerEvents: 'none',
    background: theme.colors.primary.transparent,
    border: `1px solid ${theme.colors.primary.border}`,
  }),
  text: css({
    position: 'absolute',
    bottom: 0,
    left: NUMBERS_WIDTH + 150,
    right: 200,
    overflow: 'hidden',
    textAlign: 'center',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
    fontVariantNumeric: 'tabular-nums',
  }),
  failed: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
});
