import React from 'react';
import { t } from '@grafana/i18n';
import { Button } from '@grafana/ui';
import { explainError } from '../../data/explain-error.ts';
import type { Entries } from '../../state/use-entries.ts';
import { testIds } from '../testIds.ts';
import type { TableStyles } from './styles.ts';

/** The foot of the table: whether there are older entries, and a button to load them. */
export function LoadMore({ entries, styles }: { entries: Entries; styles: TableStyles }) {
  const { more, loading, error, loadMore } = entries;
  return (
    <div className={styles.foot} role="status">
      {error !== undefined && <span data-testid={testIds.table.error}>{explainError(error).cause}</span>}
      {more ? (
        <Button
          variant="secondary"
          fill="outline"
          disabled={loading}
          onClick={loadMore}
          data-testid={testIds.table.loadMore}
        >
          {loading
            ? t('table.loading-more', 'Loading…')
            : error === undefined
              ? t('table.load-more', 'Load more')
              : t('table.retry-more', 'Try again')}
        </Button>
      ) : (
        !loading && <span data-testid={testIds.table.end}>{t('table.end', 'No older entries in this time range')}</span>
      )}
    </div>
  );
}
