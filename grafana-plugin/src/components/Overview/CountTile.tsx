import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Icon, useStyles2 } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { PathLink } from '../PathLink.tsx';
import { testIds } from '../testIds.ts';
import { panelStyle, panelTitleStyle } from './panel.ts';
import type { CountId } from './questions.ts';
import type { Answer } from './use-answers.ts';

interface Props {
  id: CountId;
  title: string;
  now: Answer<number> | undefined;
  before: Answer<number> | undefined;
  /** How many days earlier `before` is. */
  days: number;
  path: string;
}

const number = (value: number) => value.toLocaleString('en');

/** The number of some entries, compared with the same hours of earlier days, as a link to them. */
export function CountTile({ id, title, now, before, days, path }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <section className={styles.tile} aria-label={title} data-testid={testIds.overview.count(id)}>
      <h3 className={styles.title}>{title}</h3>
      <div className={styles.number}>
        {now?.value !== undefined ? (
          <PathLink
            path={path}
            aria-label={t('overview.show', '{{title}}: {{number}}. Show them', {
              title,
              number: number(now.value),
              ...AS_TEXT,
            })}
          >
            {number(now.value)}
          </PathLink>
        ) : now?.state === 'failed' ? (
          <span className={styles.failed}>
            <Icon name="exclamation-triangle" /> {t('overview.failed', 'Could not be loaded')}
          </span>
        ) : (
          <span aria-label={t('overview.loading', 'Loading')}>…</span>
        )}
      </div>
      <div className={styles.before}>
        {now?.value !== undefined && before?.value !== undefined ? compared(now.value, before.value, days) : '\u00a0'}
      </div>
    </section>
  );
}

function compared(now: number, before: number, days: number): string {
  const period =
    days === 1
      ? t('overview.day-before', 'the day before')
      : t('overview.days-before', '{{days}} days before', { days });
  if (before === 0) return t('overview.none-before', 'None {{period}}', { period, ...AS_TEXT });
  const percent = Math.round(((now - before) / before) * 100);
  // Of very few entries, a percentage says nothing.
  if (percent > 999)
    return t('overview.before', '{{before}} {{period}}', { before: number(before), period, ...AS_TEXT });
  const change = `${percent > 0 ? '+' : percent < 0 ? '−' : '±'}${number(Math.abs(percent))} %`;
  return t('overview.compared', '{{change}}, {{before}} {{period}}', {
    change,
    period,
    before: number(before),
    ...AS_TEXT,
  });
}

const getStyles = (theme: GrafanaTheme2) => ({
  tile: css(panelStyle(theme)),
  title: css({ ...panelTitleStyle(theme), margin: 0 }),
  number: css({
    minHeight: theme.spacing(5),
    fontSize: theme.typography.h2.fontSize,
    fontVariantNumeric: 'tabular-nums',
    lineHeight: theme.spacing(5),
  }),
  failed: css({ color: theme.colors.warning.text, fontSize: theme.typography.body.fontSize }),
  before: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
});
