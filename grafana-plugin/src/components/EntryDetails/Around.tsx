import React, { useContext, useMemo } from 'react';
import { css } from '@emotion/css';
import type { TrailLine } from '@auditrail/core/loki';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { visible } from '../../format/invisible.ts';
import { viewPath } from '../../links/page.ts';
import { PathLink } from '../PathLink.tsx';
import { isolated } from '../shown.tsx';
import { testIds } from '../testIds.ts';
import { aroundRange } from './around-range.ts';
import { DetailsContext } from './details-context.ts';
import { relationsOf } from './relations.ts';
import { Section } from './Section.tsx';
import { useCounts, type Counts } from './use-counts.ts';

/** Links to other entries of the same actor, address, target, session, or trace, each with the number of entries. */
export function Around({ line: { ns, entry } }: { line: TrailLine }) {
  const styles = useStyles2(getStyles);
  const { trail, view } = useContext(DetailsContext);
  const relations = useMemo(() => (entry ? relationsOf(entry) : []), [entry]);
  const { range, isView } = useMemo(() => aroundRange(ns, view), [ns, view]);
  const views = useMemo(
    () => new Map(relations.map(({ id, filters }) => [id, { ...range, filters }])),
    [relations, range],
  );
  const counts = useCounts(trail, views);
  if (relations.length === 0) return null;
  return (
    <Section
      title={t('around.title', 'Related entries')}
      note={
        isView
          ? t('around.in-view', 'in the time range of this view')
          : t('around.in-day', 'within 24 hours of this entry')
      }
    >
      <ul className={styles.list} data-testid={testIds.details.around}>
        {relations.map(({ id, label, value }) => (
          <li key={id}>
            <PathLink
              path={viewPath(views.get(id) ?? {})}
              aria-label={`${label}: ${visible(value)}. ${countText(counts, id)}`}
              data-testid={testIds.details.relation(id)}
            >
              {label}
            </PathLink>
            <span className={styles.value} title={visible(value)}>
              {isolated(value)}
            </span>
            <span className={styles.count} aria-hidden>
              {countText(counts, id)}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function countText(counts: Counts, id: string): string {
  const count = counts.get(id);
  if (count === undefined) return t('around.counting', 'counting…');
  if (count === 'failed') return t('around.failed', 'not counted');
  return count === 1
    ? t('around.one', '1 entry')
    : t('around.many', '{{entries}} entries', { entries: count.toLocaleString('en') });
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({
    margin: 0,
    listStyle: 'none',
    '& > li': {
      display: 'grid',
      gridTemplateColumns: '9em minmax(0, 1fr) auto',
      gap: theme.spacing(1),
      alignItems: 'baseline',
      padding: theme.spacing(0.25, 0),
    },
  }),
  value: css({ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }),
  count: css({ color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums' }),
});
