import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, Icon, useStyles2 } from '@grafana/ui';
import { explainError } from '../../data/explain-error.ts';
import { AS_TEXT } from '../../format/as-text.ts';
import type { Entries } from '../../state/use-entries.ts';
import { LIVE_MOST } from '../../state/live-reads.ts';
import { testIds } from '../testIds.ts';

interface Props {
  entries: Pick<Entries, 'live' | 'fresh' | 'showFresh'>;
  /** Scrolls to the top of the list. */
  toTop: () => void;
}

/** The state of live mode, and a button for new entries that wait because the user is reading further down. */
export function LiveStatus({ entries: { live, fresh, showFresh }, toTop }: Props) {
  const styles = useStyles2(getStyles);
  if (live.state === 'off' && fresh === 0) return null;
  return (
    <div className={styles.status}>
      <span role="status" className={styles.text} data-testid={testIds.page.liveStatus}>
        {live.state === 'following' && (
          <>
            <span className={styles.dot} aria-hidden /> {t('live.following', 'Showing new entries as they arrive')}
          </>
        )}
        {live.state === 'paused' && t('live.paused', 'Paused while this tab is hidden')}
        {live.state === 'waiting' && (
          <>
            <Icon name="exclamation-triangle" />{' '}
            {t('live.waiting', 'New entries cannot be read: {{cause}}. {{remedy}} Retrying every {{seconds}} s.', {
              ...explainError(live.error),
              seconds: Math.round(live.retryMs / 1000),
              ...AS_TEXT,
            })}
          </>
        )}
      </span>
      {fresh > 0 && (
        <Button
          size="sm"
          icon="arrow-up"
          onClick={() => {
            showFresh();
            toTop();
          }}
          data-testid={testIds.page.fresh}
        >
          {fresh === Infinity
            ? t('live.many', 'More than {{most}} new entries', { most: LIVE_MOST.toLocaleString('en') })
            : fresh === 1
              ? t('live.one', '1 new entry')
              : t('live.fresh', '{{entries}} new entries', { entries: fresh.toLocaleString('en') })}
        </Button>
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  status: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1.5),
    minHeight: theme.spacing(3),
    color: theme.colors.text.secondary,
  }),
  text: css({ display: 'inline-flex', alignItems: 'center', gap: theme.spacing(0.75) }),
  dot: css({
    width: 8,
    height: 8,
    borderRadius: theme.shape.radius.circle,
    background: theme.colors.success.main,
  }),
});
