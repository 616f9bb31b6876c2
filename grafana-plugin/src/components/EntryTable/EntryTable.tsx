import React, { useCallback, useState, type ReactNode } from 'react';
import { cx } from '@emotion/css';
import { t } from '@grafana/i18n';
import { LoadingBar, useStyles2 } from '@grafana/ui';
import { useNow } from '../../state/use-now.ts';
import type { Entries } from '../../state/use-entries.ts';
import { testIds } from '../testIds.ts';
import { COLUMN_COUNT, EntryRow } from './EntryRow.tsx';
import { LoadMore } from './LoadMore.tsx';
import { getTableStyles, type TableStyles } from './styles.ts';

interface Props {
  entries: Entries;
  /** Shown in place of rows when there are none: the empty state, or the error. */
  children: ReactNode;
}

/** The trail, newest first. Rows open in place; older ones are read on demand. */
export function EntryTable({ entries, children }: Props) {
  const styles = useStyles2(getTableStyles);
  const now = useNow(30_000);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const onToggle = useCallback((key: string) => {
    setOpen((before) =>
      before.has(key) ? new Set([...before].filter((other) => other !== key)) : new Set([...before, key]),
    );
  }, []);
  const { lines, stale, loading } = entries;
  const first = loading && lines.length === 0;
  return (
    <div className={styles.frame} data-testid={testIds.table.container}>
      <div className={styles.bar}>
        {loading && <LoadingBar width={600} ariaLabel={t('table.loading', 'Loading entries')} />}
      </div>
      <table
        className={cx(styles.table, stale && styles.stale)}
        aria-label={t('table.label', 'Audit log entries, newest first')}
        aria-busy={loading}
      >
        <thead>
          <tr>
            <th className={styles.columns.expand}>
              <span className="sr-only">{t('column.details', 'Details')}</span>
            </th>
            <th className={styles.columns.when}>{t('column.when', 'When (UTC)')}</th>
            <th className={styles.columns.actor}>{t('column.actor', 'Actor')}</th>
            <th className={styles.columns.action}>{t('column.action', 'Action / Event')}</th>
            <th className={styles.columns.target}>{t('column.target', 'Target')}</th>
            <th className={styles.columns.result}>{t('column.result', 'Result')}</th>
            <th className={styles.columns.ip}>{t('column.ip', 'IP address')}</th>
            <th>{t('column.description', 'Description')}</th>
          </tr>
        </thead>
        <tbody>
          {first && <SkeletonRows styles={styles} />}
          {lines.map((line) => (
            <EntryRow
              key={line.key}
              line={line}
              expanded={open.has(line.key)}
              onToggle={onToggle}
              now={now}
              styles={styles}
            />
          ))}
        </tbody>
      </table>
      {lines.length === 0 && !loading && <div className={styles.filler}>{children}</div>}
      {lines.length > 0 && !stale && <LoadMore entries={entries} styles={styles} />}
    </div>
  );
}

// As many as fill a screen: the page is as high while it loads as when it has loaded.
function SkeletonRows({ styles }: { styles: TableStyles }) {
  return Array.from({ length: 10 }, (_, row) => (
    <tr key={row} className={styles.row} aria-hidden data-testid={row === 0 ? testIds.table.loading : undefined}>
      {Array.from({ length: COLUMN_COUNT }, (__, column) => (
        <td key={column}>{column > 0 && <span className={styles.skeleton} />}</td>
      ))}
    </tr>
  ));
}
