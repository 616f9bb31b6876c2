import React, { useContext } from 'react';
import { css } from '@emotion/css';
import type { AuditEntry } from '@auditrail/core';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { visible } from '../../format/invisible.ts';
import { rangeAround, viewPath } from '../../links/page.ts';
import { useTimeZone } from '../../state/time-zone.ts';
import { withFilter, type View } from '../../state/view.ts';
import { PathLink } from '../PathLink.tsx';
import { isolated, shown } from '../shown.tsx';
import { DetailsContext } from './details-context.ts';
import { summaryOf, type SummaryField } from './summary.ts';

const DAY_MS = 24 * 3_600_000;

/** The fields of an entry. Values that other entries can share link to those entries. */
export function Summary({ entry, ns }: { entry: AuditEntry; ns: bigint }) {
  const styles = useStyles2(getStyles);
  const { view } = useContext(DetailsContext);
  const zone = useTimeZone();
  const narrowed = ({ filters = [] }: SummaryField): Partial<View> =>
    view
      ? filters.reduce((rest: View, filter) => ({ ...rest, ...withFilter(rest, filter) }), view)
      : { ...rangeAround(ns, DAY_MS), filters };
  return (
    <dl className={styles.summary}>
      {summaryOf(entry, ns, zone).map((field) => (
        <div key={field.name}>
          <dt>{shown(field.name)}</dt>
          <dd>
            {field.filters ? (
              <PathLink
                path={viewPath(narrowed(field))}
                aria-label={t('details.filter-by', 'Show entries with {{name}} {{value}}', {
                  name: field.name,
                  value: visible(field.value),
                  ...AS_TEXT,
                })}
              >
                <Value field={field} />
              </PathLink>
            ) : (
              <Value field={field} />
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

// Each part is isolated: a right-to-left name must not reorder the address after it.
function Value({ field: { value, parts = [value] } }: { field: SummaryField }) {
  return parts.map((part, index) => (
    <React.Fragment key={index}>
      {index > 0 && ' · '}
      {isolated(part)}
    </React.Fragment>
  ));
}

const getStyles = (theme: GrafanaTheme2) => ({
  summary: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(220px, 1fr))',
    gap: theme.spacing(1, 3),
    margin: 0,
    dt: {
      color: theme.colors.text.secondary,
      fontSize: theme.typography.bodySmall.fontSize,
      fontWeight: theme.typography.fontWeightRegular,
    },
    dd: { margin: 0, overflowWrap: 'anywhere' },
    // Links look like text until they are hovered.
    'dd a': { textDecoration: 'underline dotted', textUnderlineOffset: 3, '&:hover': { textDecorationStyle: 'solid' } },
  }),
});
