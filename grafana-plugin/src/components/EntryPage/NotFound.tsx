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
  /** Missing if the ID is invalid, so that nothing was searched. */
  searched?: SearchRange;
  onAgain?: () => void;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Shown if there is no such entry: possible reasons, likeliest first. */
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
            ? t('entry.no-id', 'This is not an entry ID')
            : t('entry.not-found', 'There is no entry with this ID')
        }
        button={onAgain && <Button onClick={onAgain}>{t('entry.again', 'Search again')}</Button>}
      >
        {ms === undefined ? (
          t(
            'entry.no-id-text',
            'An entry ID looks like 019a8f3e-7a10-7000-8000-000000000001. This link contains: {{id}}',
            {
              id: visible(id.slice(0, 80)),
              ...AS_TEXT,
            },
          )
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
  const made = t('entry.made', 'The ID was created at {{time}}.', { time: zonedTime(msToNs(ms), zone), ...AS_TEXT });
  const outlived = days !== undefined && age > days * DAY_MS;
  return [
    outlived
      ? t('entry.outlived', '{{made}} Loki keeps entries for {{days}} days, so retention has removed it.', {
          made,
          days,
        })
      : made,
    ...(age < -MINUTE_MS ? [t('entry.future', 'That time is in the future: the ID or a clock is wrong.')] : []),
    ...(age >= -MINUTE_MS && age < 15 * MINUTE_MS
      ? [t('entry.underway', 'The entry is very recent and may not have arrived yet. Search again in a moment.')]
      : []),
    t(
      'entry.tenant',
      'The entry may belong to another organization of this Grafana. Each organization sees only its own tenant.',
    ),
    ...(outlived ? [] : [t('entry.channel', 'Its channel may have a shorter retention period.')]),
    t('entry.wrong', 'The ID may be mistyped or truncated. Check the link.'),
  ];
}

const getStyles = (theme: GrafanaTheme2) => ({
  reasons: css({ textAlign: 'left', margin: theme.spacing(0, 0, 0, 2), '& > li': { padding: theme.spacing(0.25, 0) } }),
});
