import React, { useCallback } from 'react';
import { css } from '@emotion/css';
import { countEntries, type EntryQuery, type LokiClient, type TimeRange } from '@auditrail/core';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { useLoad } from '../../state/use-load.ts';
import { testIds } from '../testIds.ts';

interface Props {
  loki: LokiClient;
  query: EntryQuery;
  range: TimeRange;
}

/** How many entries the view has; counted beside the rows, which never wait for it. */
export function EntryCount({ loki, query, range }: Props) {
  const styles = useStyles2(getStyles);
  const count = useLoad(
    useCallback((signal: AbortSignal) => countEntries(loki, { query, range, signal }), [loki, query, range]),
  );
  return (
    <div className={styles.count} role="status" data-testid={testIds.page.count}>
      {count.state === 'loading' && t('count.counting', 'Counting…')}
      {count.state === 'failed' && t('count.failed', 'The number of entries could not be read')}
      {count.state === 'done' &&
        (count.value === 1
          ? t('count.one', '1 entry')
          : t('count.many', '{{entries}} entries', { entries: count.value.toLocaleString('en') }))}
      {' · '}
      {t('count.order', 'newest first')}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  count: css({ color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums' }),
});
