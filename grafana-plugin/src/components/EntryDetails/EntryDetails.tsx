import React, { lazy, Suspense } from 'react';
import { css } from '@emotion/css';
import type { AuditEntry } from '@auditrail/core';
import type { TrailLine } from '@auditrail/core/loki';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, useStyles2 } from '@grafana/ui';
import { visible } from '../../format/invisible.ts';
import { RevealButton } from '../PersonalData/RevealButton.tsx';
import { SharedIdNotice } from '../SharedIds.tsx';
import { testIds } from '../testIds.ts';
import { Actions, type Steps } from './Actions.tsx';
import { Around } from './Around.tsx';
import { ChangesTable } from './ChangesTable.tsx';
import { StoredLine } from './StoredLine.tsx';
import { Summary } from './Summary.tsx';

// Loaded when the first entry is opened.
const Integrity = lazy(() => import('./Integrity.tsx'));

const errorText = ({ code, message }: NonNullable<AuditEntry['error']>) =>
  visible(code ? `${code}: ${message}` : message);

interface Props {
  line: TrailLine;
  /** Steps to the neighbors, if the entry is in a list. */
  steps?: Steps | undefined;
}

/** The content of an entry, related entries, and its integrity. */
export function EntryDetails({ line, steps }: Props) {
  const styles = useStyles2(getStyles);
  const { entry, ns } = line;
  return (
    <div className={styles.details} data-testid={testIds.details.container}>
      <Actions line={line} steps={steps}>
        <RevealButton line={line} />
      </Actions>
      {entry && <SharedIdNotice entry={entry} />}
      {entry?.error && (
        <Alert severity="error" title={errorText(entry.error)} bottomSpacing={0} data-testid={testIds.details.error} />
      )}
      {entry && <Summary entry={entry} ns={ns} />}
      {entry?.changes && entry.changes.length > 0 && <ChangesTable changes={entry.changes} />}
      {entry && (
        <div className={styles.columns}>
          <Around line={line} />
          <Suspense fallback={null}>
            <Integrity line={line} />
          </Suspense>
        </div>
      )}
      <StoredLine line={line} />
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  // Text can be selected here, so a click does not close the row.
  details: css({
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(2),
    padding: theme.spacing(1, 2, 2, 6),
    cursor: 'auto',
  }),
  columns: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(320px, 1fr))',
    gap: theme.spacing(2, 4),
  }),
});
