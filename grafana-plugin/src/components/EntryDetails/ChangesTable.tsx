import React from 'react';
import { css } from '@emotion/css';
import type { Change } from '@auditrail/core';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { valueText } from '../../format/json-text.ts';
import { testIds } from '../testIds.ts';

/** What was changed: each place with its value before and after. */
export function ChangesTable({ changes }: { changes: readonly Change[] }) {
  const styles = useStyles2(getStyles);
  const value = (given: Change['before'], style: string) =>
    given === undefined ? (
      <span className={styles.none}>{t('changes.none', 'not set')}</span>
    ) : (
      <span className={style}>{valueText(given)}</span>
    );
  return (
    <table className={styles.table} data-testid={testIds.details.changes}>
      <caption>{t('changes.title', 'Changes')}</caption>
      <thead>
        <tr>
          <th>{t('changes.field', 'Field')}</th>
          <th>{t('changes.before', 'Before')}</th>
          <th>{t('changes.after', 'After')}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ path, before, after }, index) => (
          <tr key={index}>
            <th scope="row">{path}</th>
            <td>{value(before, styles.before)}</td>
            <td>{value(after, styles.after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  // The outer table sets its own cells; && outweighs it.
  table: css({
    width: '100%',
    tableLayout: 'fixed',
    marginBottom: theme.spacing(2),
    caption: { ...theme.typography.h6, padding: 0, captionSide: 'top', color: theme.colors.text.primary },
    '&& th, && td': {
      padding: theme.spacing(0.5, 1),
      borderBottom: `1px solid ${theme.colors.border.weak}`,
      textAlign: 'left',
      verticalAlign: 'top',
      whiteSpace: 'pre-wrap',
      overflowWrap: 'anywhere',
    },
    '&& th:first-child': { width: '24%' },
    '&& tbody th': { fontFamily: theme.typography.fontFamilyMonospace, color: theme.colors.text.primary },
  }),
  before: css({ display: 'inline-block', padding: theme.spacing(0, 0.5), background: theme.colors.error.transparent }),
  after: css({ display: 'inline-block', padding: theme.spacing(0, 0.5), background: theme.colors.success.transparent }),
  none: css({ color: theme.colors.text.secondary, fontStyle: 'italic' }),
});
