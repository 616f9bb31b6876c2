import React from 'react';
import { cx } from '@emotion/css';
import { testIds } from '../testIds.ts';
import type { TableStyles } from './styles.ts';

/** Placeholders while the first rows load. They fill a screen, so that nothing moves when the rows appear. */
export function SkeletonRows({ styles }: { styles: TableStyles }) {
  return (
    <div aria-hidden data-testid={testIds.table.loading}>
      {Array.from({ length: 10 }, (_, row) => (
        <div key={row} className={cx(styles.cells, styles.skeletonRow)}>
          {Array.from({ length: 7 }, (__, column) => (
            <div key={column} className={styles.cell}>
              <span className={styles.skeleton} />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}
