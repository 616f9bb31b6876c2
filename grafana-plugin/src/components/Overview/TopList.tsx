import React from 'react';
import { css } from '@emotion/css';
import type { ValuesSoFar } from '@auditrail/core/loki';
import type { FilterField } from '@auditrail/core/query';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Icon, Spinner, useStyles2 } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { personalKind } from '../Filters/field-labels.ts';
import { isMasked } from '../PersonalData/mask.ts';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { PathLink } from '../PathLink.tsx';
import { isolated } from '../shown.tsx';
import { testIds } from '../testIds.ts';
import { panelStyle, panelTitleStyle } from './panel.ts';
import type { ListId } from './questions.ts';
import type { Answer } from './use-answers.ts';

const SHOWN = 8;

interface Props {
  id: ListId;
  title: string;
  field: FilterField;
  answer: Answer<ValuesSoFar> | undefined;
  /** The page with the entries of a value. */
  pathOf: (value: string) => string;
}

/** The most frequent values of a field, with a bar for their number of entries. */
export function TopList({ id, title, field, answer, pathOf }: Props) {
  const styles = useStyles2(getStyles);
  const { mask } = usePersonalData();
  const values = answer?.value?.values.slice(0, SHOWN) ?? [];
  const most = values[0]?.count ?? 1;
  const reading = answer === undefined || answer.state === 'reading';
  return (
    <section className={styles.panel} aria-label={title} aria-busy={reading} data-testid={testIds.overview.list(id)}>
      <h3 className={styles.title}>
        {title} {reading && <Spinner inline size="sm" />}
      </h3>
      {answer?.state === 'failed' && (
        <div className={styles.failed} role="status">
          <Icon name="exclamation-triangle" /> {t('overview.failed', 'Could not be loaded')}
        </div>
      )}
      {answer?.state === 'done' && values.length === 0 && (
        <div className={styles.empty}>{t('overview.none', 'None in this time range')}</div>
      )}
      <ol className={styles.list}>
        {values.map(({ value, count }) => {
          const text = mask(personalKind(field), value);
          return (
            <li key={value} className={styles.row}>
              <span className={styles.bar} style={{ width: `${(count / most) * 100}%` }} />
              <span className={styles.value}>
                {/* A masked value must not be in an address. */}
                {isMasked(text) ? isolated(text) : <PathLink path={pathOf(value)}>{isolated(text)}</PathLink>}
              </span>
              <span
                className={styles.count}
                aria-label={t('overview.entries', '{{count}} entries', { count, ...AS_TEXT })}
              >
                {count.toLocaleString('en')}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  panel: css({ ...panelStyle(theme), minHeight: theme.spacing(34) }),
  title: css(panelTitleStyle(theme)),
  failed: css({ color: theme.colors.warning.text }),
  empty: css({ color: theme.colors.text.secondary }),
  list: css({ margin: 0, padding: 0, listStyle: 'none' }),
  row: css({
    position: 'relative',
    display: 'flex',
    justifyContent: 'space-between',
    gap: theme.spacing(1),
    padding: theme.spacing(0.5, 1),
    marginBottom: theme.spacing(0.25),
  }),
  bar: css({
    position: 'absolute',
    inset: 0,
    borderRadius: theme.shape.radius.default,
    background: theme.colors.action.hover,
  }),
  value: css({ position: 'relative', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }),
  count: css({ position: 'relative', fontVariantNumeric: 'tabular-nums' }),
});
