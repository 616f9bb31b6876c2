import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, EmptyState, useStyles2 } from '@grafana/ui';
import { testIds } from '../testIds.ts';

/** The progress of the search, and a button to stop it. */
export function Searching({ part, onStop }: { part: number; onStop: () => void }) {
  const styles = useStyles2(getStyles);
  const percent = Math.floor(part * 100);
  return (
    <div className={styles.searching} data-testid={testIds.entryPage.searching}>
      <div role="status">
        {part === 0
          ? t('entry.near', 'Searching around the time in the ID…')
          : t(
              'entry.everywhere',
              'The entry is not at the time in its ID, for example because it was imported. Searching the rest of the log…',
            )}
      </div>
      <progress className={styles.bar} value={percent} max={100} aria-label={t('entry.progress', 'Searched')} />
      <div>{t('entry.percent', '{{percent}}% of the retention period', { percent })}</div>
      <Button variant="secondary" onClick={onStop} data-testid={testIds.entryPage.stop}>
        {t('entry.stop', 'Stop')}
      </Button>
    </div>
  );
}

/** Shown if the search was stopped. */
export function Stopped({ onStart }: { onStart: () => void }) {
  return (
    <EmptyState
      variant="not-found"
      hideImage
      message={t('entry.stopped', 'The search was stopped')}
      button={<Button onClick={onStart}>{t('entry.again', 'Search again')}</Button>}
    />
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  searching: css({
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(6),
    fontVariantNumeric: 'tabular-nums',
  }),
  bar: css({ width: 320, accentColor: theme.colors.primary.main }),
});
