import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2, TimeOption } from '@grafana/data';
import { t } from '@grafana/i18n';
import { RadioButtonGroup, TimeRangePicker, ToolbarButton, useStyles2 } from '@grafana/ui';
import { JUMPS, jumpOf, moveRange, widenRange, type Jump } from '../../state/time-moves.ts';
import type { TimeZone } from '../../state/time-zone.ts';
import { fromPickerRange, toPickerRange, type Bounds } from '../../state/view-range.ts';
import type { View } from '../../state/view.ts';
import { testIds } from '../testIds.ts';

interface Props {
  view: View;
  zone: TimeZone;
  /** Whether the page can follow new entries. Default: `true`. */
  hasLive?: boolean;
  onChange: (change: Partial<View>) => void;
  onZone: (zone: TimeZone) => void;
  onRefresh: () => void;
}

/** Time range, previous and next range, calendar jumps, time zone, live mode, and refresh. */
export function TimeControls({ view, zone, hasLive = true, onChange, onZone, onRefresh }: Props) {
  const styles = useStyles2(getStyles);
  const endsNow = view.to === 'now';
  // Only a range that ends now receives new entries.
  const choose = ({ from, to }: Bounds) => onChange({ from, to, ...(to !== 'now' && { live: undefined }) });
  const move = (by: -1 | 1) => {
    const moved = moveRange(view, by, zone);
    if (moved) choose(moved);
  };
  const jumps: Array<{ value: Jump; label: string; description: string }> = [
    { value: 'day', label: t('time.day', 'Day'), description: t('time.day-help', 'Today') },
    { value: 'week', label: t('time.week', 'Week'), description: t('time.week-help', 'This week') },
    { value: 'month', label: t('time.month', 'Month'), description: t('time.month-help', 'This month') },
  ];
  const jump = jumpOf(view);
  const atNow = moveRange(view, 1, zone) === undefined;
  const following = view.live === true && endsNow;
  const liveHelp = endsNow
    ? t('live.help', 'Show new entries as they arrive')
    : t('live.not-now', 'Live works only for time ranges that end now');
  return (
    <div className={styles.controls} data-testid={testIds.page.timeRange}>
      {hasLive && (
        <ToolbarButton
          icon={following ? 'pause' : 'play'}
          variant={following ? 'active' : 'canvas'}
          aria-pressed={following}
          disabled={!endsNow}
          tooltip={liveHelp}
          aria-label={`${t('live.name', 'Live')}: ${liveHelp}`}
          onClick={() => onChange({ live: following ? undefined : true })}
          data-testid={testIds.page.live}
        >
          {t('live.name', 'Live')}
        </ToolbarButton>
      )}
      <RadioButtonGroup
        options={jumps}
        {...(jump && { value: jump })}
        onChange={(chosen) => choose(JUMPS[chosen])}
        aria-label={t('time.jump', 'Jump to today, this week, or this month')}
      />
      <TimeRangePicker
        value={toPickerRange(view, zone)}
        timeZone={zone}
        isOnCanvas
        quickRanges={quickRanges()}
        onChange={(chosen) => choose(fromPickerRange(chosen))}
        // The picker offers every time zone. The page has two, so that a link means the same to everyone.
        onChangeTimeZone={(chosen) => onZone(/^(utc|etc\/utc)$/i.test(chosen) ? 'utc' : 'browser')}
        onMoveBackward={() => move(-1)}
        onMoveForward={() => move(1)}
        moveBackwardTooltip={t('time.back', 'Previous time range')}
        moveForwardTooltip={
          atNow ? t('time.at-now', 'This time range already ends now') : t('time.forward', 'Next time range')
        }
        onZoom={() => choose(widenRange(view, zone))}
      />
      <ToolbarButton
        variant="canvas"
        aria-label={t('time.zone', 'Times in {{zone}}. Change the time zone', { zone: zoneLabel(zone) })}
        tooltip={
          zone === 'utc'
            ? t('time.to-browser', "Show times in the browser's time zone")
            : t('time.to-utc', 'Show times in UTC')
        }
        onClick={() => onZone(zone === 'utc' ? 'browser' : 'utc')}
        data-testid={testIds.page.timeZone}
      >
        {zoneLabel(zone)}
      </ToolbarButton>
      <ToolbarButton
        icon="sync"
        variant="canvas"
        aria-label={t('time.refresh', 'Refresh')}
        tooltip={t('time.refresh', 'Refresh')}
        onClick={onRefresh}
        data-testid={testIds.page.refresh}
      />
    </div>
  );
}

const zoneLabel = (zone: TimeZone) => (zone === 'utc' ? 'UTC' : t('time.browser', 'Browser time'));

const quickRanges = (): TimeOption[] => [
  { from: 'now/d', to: 'now', display: t('time.quick.today', 'Today so far') },
  { from: 'now-1d/d', to: 'now-1d/d', display: t('time.quick.yesterday', 'Yesterday') },
  { from: 'now/w', to: 'now', display: t('time.quick.week', 'This week so far') },
  { from: 'now-1w/w', to: 'now-1w/w', display: t('time.quick.last-week', 'Previous week') },
  { from: 'now/M', to: 'now', display: t('time.quick.month', 'This month so far') },
  { from: 'now-1M/M', to: 'now-1M/M', display: t('time.quick.last-month', 'Previous month') },
  { from: 'now-15m', to: 'now', display: t('time.quick.15m', 'Last 15 minutes') },
  { from: 'now-1h', to: 'now', display: t('time.quick.1h', 'Last hour') },
  { from: 'now-24h', to: 'now', display: t('time.quick.24h', 'Last 24 hours') },
  { from: 'now-7d', to: 'now', display: t('time.quick.7d', 'Last 7 days') },
  { from: 'now-30d', to: 'now', display: t('time.quick.30d', 'Last 30 days') },
  { from: 'now-90d', to: 'now', display: t('time.quick.90d', 'Last 90 days') },
  { from: 'now-1y', to: 'now', display: t('time.quick.1y', 'Last year') },
];

const getStyles = (theme: GrafanaTheme2) => ({
  controls: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
});
