import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import type { BackgroundExport } from '../../data/keeper.ts';
import { AS_TEXT } from '../../format/as-text.ts';
import { zoneName } from '../../format/when.ts';
import { useTimeZone } from '../../state/time-zone.ts';
import { ExportRow } from './ExportRow.tsx';
import type { Exports } from './use-background-exports.ts';

interface Props {
  list: BackgroundExport[];
  act: Exports['act'];
  onRemove: (one: BackgroundExport) => void;
}

export function ExportRows({ list, act, onRemove }: Props) {
  const styles = useStyles2(getStyles);
  const zone = zoneName(useTimeZone());
  const heads = [
    t('exports.name', 'Name'),
    t('exports.range', 'Range ({{zone}})', { zone, ...AS_TEXT }),
    t('exports.filters', 'Filters'),
    t('exports.rows', 'Entries'),
    t('exports.status', 'Status'),
    t('exports.files', 'Download'),
  ];
  return (
    <div className={styles.scroller}>
      <table className={styles.table}>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
            <th scope="col" aria-label={t('exports.actions', 'Actions')} />
          </tr>
        </thead>
        <tbody>
          {list.map((one) => (
            <ExportRow key={one.id} one={one} act={act} onRemove={onRemove} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  scroller: css({ overflowX: 'auto' }),
  table: css({
    width: '100%',
    minWidth: 740,
    background: theme.colors.background.primary,
    // Names of time zones can be long, such as America/Argentina/Buenos_Aires.
    '& th': {
      color: theme.colors.text.secondary,
      fontWeight: theme.typography.fontWeightMedium,
      wordBreak: 'keep-all',
    },
    '& th, & td': { padding: theme.spacing(0.75, 1), textAlign: 'left', verticalAlign: 'top' },
    '& tr': { borderBottom: `1px solid ${theme.colors.border.weak}` },
    '& tbody tr:hover': { background: theme.colors.action.hover },
  }),
});
