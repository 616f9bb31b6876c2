import React from 'react';
import { css } from '@emotion/css';
import { type GrafanaTheme2, type TimeRange as GrafanaTimeRange } from '@grafana/data';
import { t } from '@grafana/i18n';
import { TimeRangePicker, ToolbarButton, useStyles2 } from '@grafana/ui';
import { fromPickerRange, toPickerRange, type View } from '../../state/view.ts';
import { testIds } from '../testIds.ts';

interface Props {
  view: View;
  onChange: (range: Pick<View, 'from' | 'to'>) => void;
  onRefresh: () => void;
}

const iso = (ms: number) => new Date(ms).toISOString();

/** Time range, and reading again. The whole page speaks UTC: a trail is compared across places. */
export function TimeControls({ view, onChange, onRefresh }: Props) {
  const styles = useStyles2(getStyles);
  const range: GrafanaTimeRange = toPickerRange(view);
  const [from, to] = [range.from.valueOf(), range.to.valueOf()];
  const span = to - from;
  const move = (by: number) => onChange({ from: iso(from + by), to: iso(to + by) });
  return (
    <div className={styles.controls} data-testid={testIds.page.timeRange}>
      <TimeRangePicker
        value={range}
        timeZone="utc"
        isOnCanvas
        onChange={(chosen) => onChange(fromPickerRange(chosen))}
        // The page shows UTC only.
        onChangeTimeZone={() => {}}
        onMoveBackward={() => move(-span / 2)}
        onMoveForward={() => move(span / 2)}
        onZoom={() => onChange({ from: iso(from - span / 2), to: iso(to + span / 2) })}
      />
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

const getStyles = (theme: GrafanaTheme2) => ({ controls: css({ display: 'flex', gap: theme.spacing(1) }) });
