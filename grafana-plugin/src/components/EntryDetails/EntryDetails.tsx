import React from 'react';
import { css } from '@emotion/css';
import type { TrailLine } from '@auditrail/core';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Alert, ClipboardButton, useStyles2 } from '@grafana/ui';
import { prettyLine } from '../../format/json-text.ts';
import { RevealButton } from '../PersonalData/RevealButton.tsx';
import { testIds } from '../testIds.ts';
import { ChangesTable } from './ChangesTable.tsx';
import { summaryOf } from './summary.ts';

/** All that an entry says: why it failed, its fields, what changed, and the stored line itself. */
export function EntryDetails({ line: shown }: { line: TrailLine }) {
  const { line, entry } = shown;
  const styles = useStyles2(getStyles);
  const json = prettyLine(line);
  return (
    <div className={styles.details} data-testid={testIds.details.container}>
      {entry?.error && (
        <Alert
          severity="error"
          title={entry.error.code ? `${entry.error.code}: ${entry.error.message}` : entry.error.message}
          data-testid={testIds.details.error}
        />
      )}
      <RevealButton line={shown} />
      {entry && (
        <dl className={styles.summary}>
          {summaryOf(entry).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {entry?.changes && entry.changes.length > 0 && <ChangesTable changes={entry.changes} />}
      <div className={styles.jsonHead}>
        <div className={styles.title}>{entry ? t('details.json', 'Entry') : t('details.line', 'Stored line')}</div>
        <ClipboardButton
          icon="copy"
          size="sm"
          variant="secondary"
          fill="text"
          getText={() => json}
          data-testid={testIds.details.copy}
        >
          {t('details.copy', 'Copy')}
        </ClipboardButton>
      </div>
      {/* Scrolls by keyboard too. */}
      <pre
        className={styles.json}
        tabIndex={0}
        aria-label={t('details.json-label', 'Entry as JSON')}
        data-testid={testIds.details.json}
      >
        {json}
      </pre>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  // Below the chevron's column; text can be marked here, so it is no click target.
  details: css({ padding: theme.spacing(1, 2, 2, 6), cursor: 'auto' }),
  summary: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(220px, 1fr))',
    gap: theme.spacing(1, 3),
    marginBottom: theme.spacing(2),
    dt: {
      color: theme.colors.text.secondary,
      fontSize: theme.typography.bodySmall.fontSize,
      fontWeight: theme.typography.fontWeightRegular,
    },
    dd: { margin: 0, overflowWrap: 'anywhere' },
  }),
  title: css({ ...theme.typography.h6, margin: 0 }),
  jsonHead: css({ display: 'flex', alignItems: 'center', justifyContent: 'space-between' }),
  json: css({
    maxHeight: 400,
    margin: 0,
    overflow: 'auto',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    fontSize: theme.typography.bodySmall.fontSize,
    background: theme.colors.background.canvas,
  }),
});
