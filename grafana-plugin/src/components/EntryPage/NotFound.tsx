import React from 'react';
import { css } from '@emotion/css';
import { entryIdTime, msToNs } from '@auditrail/core';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, EmptyState, useStyles2 } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { visible } from '../../format/invisible.ts';
import { zonedTime } from '../../format/when.ts';
import { useTimeZone, type TimeZone } from '../../state/time-zone.ts';
import { testIds } from '../testIds.ts';
import type { SearchRange } from './search-range.ts';

interface Props {
  id: string;
  /** Missing where nothing was searched: the id cannot be one. */
  searched?: SearchRange;
  onAgain?: () => void;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** There is no such entry: why that may be, likeliest first. */
export function NotFound({ id, searched, onAgain }: Props) {
  const styles = useStyles2(getStyles);
  const zone = useTimeZone();
  const ms = entryIdTime(id);
  return (
    <div data-testid={testIds.entryPage.notFound}>
      <EmptyState
        variant="not-found"
        hideImage
        role="alert"
        message={
          ms === undefined
            ? t('entry.no-id', 'This is not the id of an entry')
            : t('entry.not-found', 'There is no entry with this id')
        }
        button={onAgain && <Button onClick={onAgain}>{t('entry.again', 'Search again')}</Button>}
      >
        {ms === undefined ? (
          t('entry.no-id-text', 'An id looks like 019a8f3e-7a10-7000-8000-000000000001. Given was: {{id}}', {
            id: visible(id.slice(0, 80)),
            ...AS_TEXT,
          })
        ) : (
          <ul className={styles.reasons}>
            {reasonsOf(ms, searched, zone).map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        )}
      </EmptyState>
    </div>
  );
}

function reasonsOf(ms: number, searched: SearchRange | undefined, zone: TimeZone): string[] {
  const age = Date.now() - ms;
  const days = searched?.days;
  const made = t('entry.made', 'The id was made at {{time}}.', { time: zonedTime(msToNs(ms), zone), ...AS_TEXT });
  const outlived = days !== undefined && age > days * DAY_MS;
  return [
    outlived
      ? t('entry.outlived', '{{made}} Loki keeps entries for {{days}} days: it was removed by retention.', {
          made,
          days,
        })
      : made,
    ...(age < -MINUTE_MS ? [t('entry.future', 'That is in the future: the id is wrong, or a clock is.')] : []),
    ...(age >= -MINUTE_MS && age < 15 * MINUTE_MS
      ? [t('entry.underway', 'It is so new that it may still be on its way here: search again in a moment.')]
      : []),
    t('entry.tenant', 'It may belong to another organisation of this Grafana: each sees only its own tenant.'),
    ...(outlived ? [] : [t('entry.channel', 'Its channel may be kept for a shorter time than others.')]),
    t('entry.wrong', 'The id may be mistyped or cut: look at where the link comes from.'),
  ];
}

const getStyles = (theme: GrafanaTheme2) => ({
  reasons: css({ textAlign: 'left', margin: theme.spacing(0, 0, 0, 2), '& > li': { padding: theme.spacing(0.25, 0) } }),
});
