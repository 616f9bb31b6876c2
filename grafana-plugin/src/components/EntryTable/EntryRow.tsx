import React, { memo, useMemo, type Ref } from 'react';
import type { TrailLine } from '@auditrail/core/loki';
import { t } from '@grafana/i18n';
import { AS_TEXT } from '../../format/as-text.ts';
import { visible } from '../../format/invisible.ts';
import { absoluteTime } from '../../format/when.ts';
import type { TimeZone } from '../../state/time-zone.ts';
import type { Steps } from '../EntryDetails/Actions.tsx';
import { EntryDetails } from '../EntryDetails/EntryDetails.tsx';
import { shown } from '../shown.tsx';
import { SharedIdBadge } from '../SharedIds.tsx';
import { testIds } from '../testIds.ts';
import { WhenCell } from './cells.tsx';
import type { Column } from './columns.tsx';
import type { Density } from './density.ts';
import type { TableStyles } from './styles.ts';

interface Props {
  line: TrailLine;
  index: number;
  /** Pixels below the head. */
  top: number;
  /** Whether this row gets the focus when the table is entered by keyboard. */
  active: boolean;
  columns: readonly Column[];
  density: Density;
  /** Milliseconds since 1970, for the relative age. */
  now: number;
  zone: TimeZone;
  styles: TableStyles;
  open: boolean;
  /** Whether this is the oldest entry of the view. */
  last: boolean;
  /** The step that led here from the neighboring row. */
  came?: Steps['came'] | undefined;
  /** Closes one row and opens another. */
  go: (from: number, to: number) => void;
  /** Measures an open row, which has its own height. */
  measure?: Ref<HTMLDivElement>;
}

/** A row for one line, with its details when it is open. A line that is not a valid entry is shown as stored. */
export const EntryRow = memo(function EntryRow(props: Props) {
  const { line, index, top, active, open, density, zone, styles, measure } = props;
  const { ns, entry } = line;
  // Several rows can have the same ID or time.
  const detailsId = `details-${index}`;
  const when = absoluteTime(ns, zone);
  const name = entry ? `${visible(entry.action)}, ${when}` : when;
  return (
    // The table handles clicks and keys, because scrolling adds and removes hundreds of rows.
    <div
      ref={measure}
      role="row"
      aria-rowindex={index + 2}
      tabIndex={active ? 0 : -1}
      className={open ? styles.open : styles[density]}
      style={{ transform: `translateY(${top}px)` }}
      data-index={index}
      data-open={open || undefined}
      data-testid={entry ? testIds.table.row : testIds.table.unreadable}
    >
      <div className={styles.cells} role="presentation">
        {entry ? <EntryCells {...props} entry={entry} /> : <UnreadableCells {...props} />}
        <div role="gridcell" className={styles.buttons}>
          {/* Hovering shows a preview; a click opens the row. */}
          <button
            type="button"
            className={styles.preview}
            data-preview
            data-testid={testIds.table.preview}
            aria-label={t('row.preview', 'View log: {{name}}', { name })}
          >
            {t('row.view-log', 'View log')}
          </button>
          <button
            type="button"
            className={styles.chevron}
            data-toggle
            aria-label={
              open
                ? t('row.collapse', 'Hide details of {{name}}', { name })
                : t('row.expand', 'Show details of {{name}}', { name })
            }
            aria-expanded={open}
            aria-controls={open ? detailsId : undefined}
            data-testid={testIds.table.expand}
          >
            {t('row.details', 'Details')}
          </button>
        </div>
      </div>
      {open && (
        <div role="gridcell" id={detailsId} className={styles.details} data-details>
          <OpenDetails key={line.key} {...props} />
        </div>
      )}
    </div>
  );
});

function OpenDetails({ line, index, last, came, go }: Props) {
  const steps = useMemo(
    (): Steps => ({
      ...(index > 0 && { newer: () => go(index, index - 1) }),
      ...(!last && { older: () => go(index, index + 1) }),
      came,
    }),
    [index, last, came, go],
  );
  return <EntryDetails line={line} steps={steps} />;
}

function EntryCells({
  line: { ns },
  entry,
  columns,
  now,
  zone,
  open,
  styles,
}: Props & { entry: NonNullable<TrailLine['entry']> }) {
  return columns.map(({ id, testId, render }, column) => (
    <div key={id} role="gridcell" className={styles.cell} data-testid={testId}>
      {column === 0 && <SharedIdBadge entry={entry} short />}
      {render({ entry, ns, now, zone, open })}
    </div>
  ));
}

function UnreadableCells({ line: { ns, line, problem }, now, zone, styles }: Props) {
  return (
    <>
      <div role="gridcell" className={styles.cell} data-testid={testIds.table.when}>
        <WhenCell {...{ ns, now, zone }} />
      </div>
      <div role="gridcell" className={styles.cell} style={{ gridColumn: '2 / -2' }}>
        <div className={styles.problem} title={visible(problem ?? '')}>
          {t('row.unreadable', 'This line cannot be read as an entry: {{problem}}', {
            problem: visible(problem ?? ''),
            ...AS_TEXT,
          })}
        </div>
        <div className={styles.rawLine} dir="auto">
          {shown(line)}
        </div>
      </div>
    </>
  );
}
