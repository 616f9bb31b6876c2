import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, useStyles2 } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { absoluteTime, zoneName } from '../../format/when.ts';
import { useTimeZone } from '../../state/time-zone.ts';
import type { Volume } from '../../state/use-volume.ts';
import { testIds } from '../testIds.ts';

interface Props {
  volume: Volume;
  /**
   * Number of rows of the view, if all are loaded. Loki counts each copy of an entry, and the table shows it as one row. Until
   * all rows are loaded, the number from Loki is an upper bound. That of the keeper is exact.
   */
  allRows?: number | undefined;
  onRetry: () => void;
}

/** The number of entries in the view. Counting can be stopped and resumed. */
export function EntryCount({ volume, allRows, onRetry }: Props) {
  const styles = useStyles2(getStyles);
  const zone = useTimeZone();
  const { state, bars, stop, resume } = volume;
  const stored = volume.entries;
  const isExact = state === 'done' && (volume.exact || allRows !== undefined);
  const count = isExact && !volume.exact && allRows !== undefined && allRows < stored ? allRows : stored;
  const entries = count.toLocaleString('en');
  const isBound = state === 'done' && !isExact;
  const reached = bars.at(-1)?.start;
  const button = (text: string, onClick: () => void) => (
    <Button size="sm" fill="text" onClick={onClick} data-testid={testIds.page.countButton}>
      {text}
    </Button>
  );
  return (
    <div className={styles.count}>
      <span
        role="status"
        title={
          isBound
            ? t(
                'count.up-to-help',
                'Loki counts repeated deliveries of an entry too. The exact number is known once all rows are loaded.',
              )
            : undefined
        }
        data-testid={testIds.page.count}
      >
        {(state === 'waiting' || (state === 'counting' && bars.length === 0)) && t('count.counting', 'Counting…')}
        {state === 'counting' &&
          bars.length > 0 &&
          t('count.so-far', '{{entries}} entries so far, counting…', { entries })}
        {state === 'stopped' &&
          (reached === undefined
            ? t('count.stopped-at-once', 'Not counted')
            : t('count.stopped', '{{entries}} entries counted, back to {{time}} {{zone}}', {
                entries,
                time: absoluteTime(reached, zone),
                zone: zoneName(zone),
                ...AS_TEXT,
              }))}
        {state === 'failed' &&
          (bars.length > 0
            ? t('count.failed-at', '{{entries}} entries counted; the rest could not be counted', { entries })
            : t('count.failed', 'The entries could not be counted'))}
        {isBound && t('count.up-to', 'Up to {{entries}} entries', { entries })}
        {isExact && (count === 1 ? t('count.one', '1 entry') : t('count.many', '{{entries}} entries', { entries }))}
        {count < stored &&
          t('count.copies', ' ({{stored}} stored lines, including repeated deliveries)', {
            stored: stored.toLocaleString('en'),
          })}
        {' · '}
        {t('count.order', 'newest first')}
      </span>
      {state === 'counting' && button(t('count.stop', 'Stop counting'), stop)}
      {state === 'stopped' && button(t('count.resume', 'Resume counting'), resume)}
      {state === 'failed' && button(t('count.retry', 'Count again'), onRetry)}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  count: css({
    display: 'flex',
    alignItems: 'center',
    minHeight: theme.spacing(3),
    color: theme.colors.text.secondary,
    fontVariantNumeric: 'tabular-nums',
  }),
});
