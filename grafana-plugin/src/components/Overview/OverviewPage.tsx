import React, { useMemo } from 'react';
import { css } from '@emotion/css';
import type { ValuesSoFar } from '@auditrail/core/loki';
import type { Filter } from '@auditrail/core/query';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { PluginPage } from '@grafana/runtime';
import { useStyles2 } from '@grafana/ui';
import type { Trail } from '../../data/trail.ts';
import { viewPath } from '../../links/page.ts';
import { fixedRange } from '../../state/time-moves.ts';
import { TimeZoneContext, useViewTimeZone } from '../../state/time-zone.ts';
import { useRanges } from '../../state/use-ranges.ts';
import { useTrail } from '../../state/use-trail.ts';
import { useView } from '../../state/use-view.ts';
import { useVolume } from '../../state/use-volume.ts';
import { ReadError } from '../AuditPage/ReadError.tsx';
import { SourceHint } from '../AuditPage/SourceHint.tsx';
import { TimeControls } from '../AuditPage/TimeControls.tsx';
import { Histogram } from '../Histogram/Histogram.tsx';
import { MaskNotice } from '../PersonalData/MaskNotice.tsx';
import { PathLink } from '../PathLink.tsx';
import { testIds } from '../testIds.ts';
import { CountTile } from './CountTile.tsx';
import { panelStyle, panelTitleStyle } from './panel.ts';
import { COUNT_IDS, COUNTS, LIST_IDS, LISTS, queryOf, rangeBefore, type CountId, type ListId } from './questions.ts';
import { TopList } from './TopList.tsx';
import { useAnswers, type Question } from './use-answers.ts';

const NO_FILTERS = queryOf([]);

/** Volume, failures, and who did most, without a data source. Each number and name links to its entries. */
export default function OverviewPage({ trail }: { trail: Trail }) {
  const styles = useStyles2(getStyles);
  const { view, show } = useView();
  const [zone, chooseZone] = useViewTimeZone(view, show);
  const { range, chartRange, refresh: retry } = useRanges(view, zone);
  const source = useTrail(trail, NO_FILTERS, range);
  const volume = useVolume(source, NO_FILTERS, range, { chartRange, ready: true });
  const counted = volume.state === 'done' || volume.state === 'failed';
  const before = useMemo(() => rangeBefore(chartRange), [chartRange]);
  // Loki answers slowly: the chart comes first.
  const ready = !source.usesLoki || counted;

  const counts = useAnswers(
    source,
    useMemo(() => {
      const asked = new Map<`${CountId} ${'now' | 'before'}`, Question<number>>();
      for (const id of COUNT_IDS) {
        const query = queryOf(COUNTS[id]);
        asked.set(`${id} now`, async function* (its, signal) {
          yield await its.count({ query, range, signal });
        });
        asked.set(`${id} before`, async function* (its, signal) {
          yield await its.count({ query, range: before, signal });
        });
      }
      return asked;
    }, [range, before]),
    ready,
  );
  const isCounted = counts.size === COUNT_IDS.length * 2;
  const lists = useAnswers(
    source,
    useMemo(() => {
      const asked = new Map<ListId, Question<ValuesSoFar>>();
      for (const id of LIST_IDS) {
        const { field, filters } = LISTS[id];
        asked.set(id, (its, signal) => its.values(field, { query: queryOf(filters), range, signal }));
      }
      return asked;
    }, [range]),
    ready && (isCounted || !source.usesLoki),
  );
  const pathTo = (filters: readonly Filter[]) =>
    viewPath({ from: view.from, to: view.to, tz: view.tz, filters: [...filters] });
  const failure = volume.state === 'failed' ? volume.error : undefined;

  return (
    <TimeZoneContext.Provider value={zone}>
      <PluginPage
        pageNav={{ text: t('overview.title', 'Audit overview') }}
        actions={
          <PathLink look="bordered" icon="list-ul" path={pathTo([])}>
            {t('overview.to-log', 'All entries')}
          </PathLink>
        }
      >
        <div className={styles.page} data-testid={testIds.overview.page}>
          <div className={styles.head}>
            <TimeControls {...{ view, zone }} hasLive={false} onChange={show} onZone={chooseZone} onRefresh={retry} />
            <SourceHint reason={source.reason} />
            <MaskNotice />
          </div>
          {failure !== undefined && <ReadError error={failure} onRetry={retry} />}
          <div className={styles.tiles}>
            {COUNT_IDS.map((id) => (
              <CountTile
                key={id}
                id={id}
                title={countTitle(id)}
                now={counts.get(`${id} now`)}
                before={counts.get(`${id} before`)}
                days={before.days}
                path={pathTo(COUNTS[id])}
              />
            ))}
          </div>
          <section className={styles.chart} aria-label={t('overview.volume', 'Entries over time')}>
            <h3 className={styles.title}>{t('overview.volume', 'Entries over time')}</h3>
            <Histogram volume={volume} range={chartRange} onZoom={(first, last) => show(fixedRange(first, last))} />
          </section>
          <div className={styles.lists}>
            {LIST_IDS.map((id) => {
              const { field, filters } = LISTS[id];
              return (
                <TopList
                  key={id}
                  id={id}
                  title={listTitle(id)}
                  field={field}
                  answer={lists.get(id)}
                  pathOf={(value) => pathTo([...filters, { field, operator: 'is', values: [value] }])}
                />
              );
            })}
          </div>
        </div>
      </PluginPage>
    </TimeZoneContext.Provider>
  );
}

const countTitle = (id: CountId): string =>
  ({
    entries: t('overview.count.entries', 'Entries'),
    failures: t('overview.count.failures', 'Failures'),
    signIns: t('overview.count.sign-ins', 'Failed sign-ins'),
    rights: t('overview.count.rights', 'Changes of rights'),
    reads: t('overview.count.reads', 'Reads of personal data'),
  })[id];

const listTitle = (id: ListId): string =>
  ({
    people: t('overview.list.people', 'Most active people'),
    systems: t('overview.list.systems', 'Most active systems and agents'),
    actions: t('overview.list.actions', 'Most frequent actions'),
    targets: t('overview.list.targets', 'Most frequent targets'),
    failedAccounts: t('overview.list.failed-accounts', 'Failed sign-ins by account'),
    failedAddresses: t('overview.list.failed-addresses', 'Failed sign-ins by address'),
    rightsBy: t('overview.list.rights-by', 'Who changed rights'),
    readers: t('overview.list.readers', 'Who read personal data'),
  })[id];

const getStyles = (theme: GrafanaTheme2) => {
  const gap = theme.spacing(1);
  return {
    page: css({ display: 'flex', flexDirection: 'column', gap }),
    head: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1, 2) }),
    tiles: css({ display: 'grid', gap, gridTemplateColumns: 'repeat(auto-fit, minmax(140px, 1fr))' }),
    chart: css(panelStyle(theme)),
    title: css(panelTitleStyle(theme)),
    // Four columns, or two, or one: eight lists fill each.
    lists: css({
      display: 'grid',
      gap,
      gridTemplateColumns: '1fr',
      [theme.breakpoints.up('md')]: { gridTemplateColumns: 'repeat(2, minmax(0, 1fr))' },
      [theme.breakpoints.up('xl')]: { gridTemplateColumns: 'repeat(4, minmax(0, 1fr))' },
    }),
  };
};
