import React, { memo } from 'react';
import { cx } from '@emotion/css';
import type { TrailLine } from '@auditrail/core';
import { t } from '@grafana/i18n';
import { Icon, IconButton } from '@grafana/ui';
import { NOTHING, targetText } from '../../format/target-text.ts';
import { absoluteTime } from '../../format/when.ts';
import { EntryDetails } from '../EntryDetails/EntryDetails.tsx';
import { testIds } from '../testIds.ts';
import { ActionCell, ActorCell, ResultCell, WhenCell } from './cells.tsx';
import type { TableStyles } from './styles.ts';

export const COLUMN_COUNT = 8;

interface Props {
  line: TrailLine;
  expanded: boolean;
  onToggle: (key: string) => void;
  /** Milliseconds since 1970, for the relative age. */
  now: number;
  styles: TableStyles;
}

/** One line of the trail, and its details in place when it is open. A line that is no entry is shown as it is. */
export const EntryRow = memo(function EntryRow({ line, expanded, onToggle, now, styles }: Props) {
  const { key, ns, entry } = line;
  const detailsId = `details-${entry ? entry.id : ns}`;
  const name = entry ? `${entry.action}, ${absoluteTime(ns)}` : absoluteTime(ns);
  // A click beside the button opens too, unless the person was marking text.
  const onRowClick = () => {
    if (!window.getSelection()?.toString()) onToggle(key);
  };
  return (
    <>
      <tr
        className={cx(styles.row, expanded && styles.rowOpen)}
        onClick={onRowClick}
        data-testid={entry ? testIds.table.row : testIds.table.unreadable}
      >
        <td>
          <IconButton
            name={expanded ? 'angle-down' : 'angle-right'}
            aria-label={
              expanded
                ? t('row.collapse', 'Hide details of {{name}}', { name })
                : t('row.expand', 'Show details of {{name}}', { name })
            }
            aria-expanded={expanded}
            aria-controls={expanded ? detailsId : undefined}
            data-testid={testIds.table.expand}
            onClick={(event) => {
              event.stopPropagation();
              onToggle(key);
            }}
          />
        </td>
        <td data-testid={testIds.table.when}>
          <WhenCell ns={ns} now={now} />
        </td>
        {entry ? (
          <>
            <td data-testid={testIds.table.actor}>
              <ActorCell actor={entry.actor} />
            </td>
            <td>
              <ActionCell action={entry.action} event={entry.event} />
            </td>
            <td data-testid={testIds.table.target}>
              <div className={styles.clamp} title={targetText(entry.target)}>
                {targetText(entry.target)}
              </div>
            </td>
            <td data-testid={testIds.table.result}>
              <ResultCell outcome={entry.outcome} />
            </td>
            <td data-testid={testIds.table.ip}>
              <div className={styles.clamp}>{entry.source?.ip || NOTHING}</div>
            </td>
            <td data-testid={testIds.table.description}>
              <div className={styles.clamp}>{entry.description || NOTHING}</div>
            </td>
          </>
        ) : (
          <td colSpan={COLUMN_COUNT - 2}>
            <div className={styles.problem}>
              <Icon name="exclamation-triangle" />{' '}
              {t('row.unreadable', 'This line cannot be read as an entry: {{problem}}', { problem: line.problem })}
            </div>
            <div className={styles.rawLine}>{line.line}</div>
          </td>
        )}
      </tr>
      {expanded && (
        <tr className={styles.detailsRow} id={detailsId}>
          <td colSpan={COLUMN_COUNT}>
            <EntryDetails line={line} />
          </td>
        </tr>
      )}
    </>
  );
});
