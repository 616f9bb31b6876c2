import React, { useEffect, useRef } from 'react';
import { t } from '@grafana/i18n';
import { Button } from '@grafana/ui';
import { explainError } from '../../data/explain-error.ts';
import type { Entries } from '../../state/use-entries.ts';
import { testIds } from '../testIds.ts';
import type { TableStyles } from './styles.ts';

/** The foot of the table: reads older entries when it comes into sight, or by its button; says when there are none. */
export function LoadMore({ entries, styles }: { entries: Entries; styles: TableStyles }) {
  const { more, loading, error, loadMore } = entries;
  const foot = useRef<HTMLDivElement>(null);
  const automatic = more && !loading && error === undefined;
  useEffect(() => {
    if (!automatic || !foot.current) return;
    const observer = new IntersectionObserver(([seen]) => seen?.isIntersecting && loadMore(), { rootMargin: '200px' });
    observer.observe(foot.current);
    return () => observer.disconnect();
  }, [automatic, loadMore]);
  return (
    <div ref={foot} className={styles.foot} role="status">
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
