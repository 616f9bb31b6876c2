import React, { lazy, Suspense, useCallback, useContext, useMemo, useRef, useState } from 'react';
import { css } from '@emotion/css';
import { msToNs } from '@auditrail/core';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { PluginPage } from '@grafana/runtime';
import { Stack, useStyles2 } from '@grafana/ui';
import { mayExport } from '../../data/permissions.ts';
import type { Trail } from '../../data/trail.ts';
import { fixedRange, widenRange } from '../../state/time-moves.ts';
import { TimeZoneContext, useViewTimeZone } from '../../state/time-zone.ts';
import { useEntries } from '../../state/use-entries.ts';
import { useShownEntries } from '../PersonalData/use-shown-entries.ts';
import { useRanges } from '../../state/use-ranges.ts';
import { useTrail } from '../../state/use-trail.ts';
import { useVolume } from '../../state/use-volume.ts';
import { useNow } from '../../state/use-now.ts';
import { useView } from '../../state/use-view.ts';
import { DetailsContext } from '../EntryDetails/details-context.ts';
import { EntryTable } from '../EntryTable/EntryTable.tsx';
import { ExportMenu } from '../InstantExport/ExportMenu.tsx';
import { InstantExportStatus } from '../InstantExport/InstantExportStatus.tsx';
import { useInstantExport } from '../InstantExport/use-instant-export.ts';
import { useColumns } from '../EntryTable/use-columns.ts';
import { TableControls } from '../EntryTable/TableControls.tsx';
import { Filters } from '../Filters/Filters.tsx';
import { Tabs } from '../Filters/Tabs.tsx';
import { ChartLegend } from '../Histogram/ChartLegend.tsx';
import { Histogram } from '../Histogram/Histogram.tsx';
import { MaskNotice } from '../PersonalData/MaskNotice.tsx';
import { SavedViews } from '../SavedViews/SavedViews.tsx';
import { testIds } from '../testIds.ts';
import { EntryCount } from './EntryCount.tsx';
import { ExploreLink } from './ExploreLink.tsx';
import { LiveStatus } from './LiveStatus.tsx';
import { NoEntries } from './NoEntries.tsx';
import { PipelineNotice } from './PipelineNotice.tsx';
import { isReading, scrollToTop } from './scroll-position.ts';
import { ReadError } from './ReadError.tsx';
import { SourceHint } from './SourceHint.tsx';
import { RetentionNotice } from './RetentionNotice.tsx';
import { TimeControls } from './TimeControls.tsx';
import { UrlNotices } from './UrlNotices.tsx';

const ExportsSection = lazy(() => import('../BackgroundExports/ExportsSection.tsx'));

interface Props {
  trail: Trail;
  /** Whether a keeper makes background exports. If left out, the page does not mention them. */
  hasKeeper?: boolean;
}

/** The audit log page. All of its state that others need to see the same is in the address. */
export function AuditPage({ trail, hasKeeper }: Props) {
  const styles = useStyles2(getStyles);
  const { view, query, problems, doubts, show } = useView();
  const [zone, chooseZone] = useViewTimeZone(view, show);
  const { range, chartRange, refresh: retry } = useRanges(view, zone);
  const container = useRef<HTMLDivElement>(null);
  const isBusy = useCallback(() => isReading(container.current), []);
  const follows = view.live === true && view.to === 'now';
  const { loki } = trail;
  const source = useTrail(trail, query, range, follows);
  const entries = useShownEntries(useEntries(source, query, range, { on: follows, isBusy }, retry));
  const { stale, lines, loading, changed } = entries;
  // Loki counts slowly: rows come first.
  const ready = !source.usesLoki || (!stale && (lines.length > 0 || !loading));
  const allRead = !stale && !loading && !entries.more && entries.fresh === 0 && entries.error === undefined;
  const allRows = allRead ? lines.length : undefined;
  const volume = useVolume(source, query, range, { chartRange, ready, changed });
  const now = useNow(30_000);
  // The selected columns: a narrow window hides some, but a file contains all.
  const columns = useColumns().shown.map(({ id }) => id);
  const exporting = useInstantExport({ loki, query, range, columns });
  const [firstRow, setFirstRow] = useState<object>();
  const toTop = () => {
    scrollToTop(container.current);
    setFirstRow({});
  };
  const [dialogOpen, setDialogOpen] = useState(false);
  const onBackground = hasKeeper ? () => setDialogOpen(true) : undefined;
  const outer = useContext(DetailsContext);
  const details = useMemo(() => ({ ...outer, trail, view }), [outer, trail, view]);
  return (
    <TimeZoneContext.Provider value={zone}>
      <PluginPage
        pageNav={{ text: t('page.title', 'Audit log') }}
        actions={
          <>
            <SavedViews
              view={view}
              shared={outer.settings?.views}
              onChoose={(chosen) => show({ tz: undefined, live: undefined, ...chosen })}
            />
            <ExploreLink view={view} zone={zone} />
            <ExportMenu exporting={exporting} onBackground={onBackground} />
          </>
        }
      >
        <div ref={container} className={styles.page} data-testid={testIds.page.container}>
          <UrlNotices problems={problems} doubts={doubts} />
          {hasKeeper && <PipelineNotice />}
          <InstantExportStatus exporting={exporting} onBackground={onBackground} />
          <div className={styles.head}>
            <Tabs tab={view.tab} onChange={(tab) => show({ tab })} />
            <TimeControls {...{ view, zone }} onChange={show} onZone={chooseZone} onRefresh={retry} />
          </div>
          <Filters trail={source} view={view} range={range} lines={lines} onChange={show} />
          <RetentionNotice loki={loki} range={chartRange} />
          <Histogram
            volume={volume}
            range={chartRange}
            nowNs={follows ? msToNs(now) : undefined}
            onZoom={(first, last) => show({ ...fixedRange(first, last), live: undefined })}
          />
          <Stack justifyContent="space-between" alignItems="center" wrap="wrap">
            <Stack alignItems="center" gap={2} wrap="wrap">
              <EntryCount volume={volume} allRows={allRows} onRetry={retry} />
              <SourceHint reason={source.reason} />
              <ChartLegend onZoomOut={() => show(widenRange(view, zone))} />
            </Stack>
            <MaskNotice />
            <TableControls />
          </Stack>
          <LiveStatus entries={entries} toTop={toTop} />
          <DetailsContext.Provider value={details}>
            <EntryTable entries={entries} focusFirst={firstRow}>
              {entries.error === undefined ? (
                <NoEntries loki={loki} view={view} onChange={show} />
              ) : (
                <ReadError error={entries.error} onRetry={retry} />
              )}
            </EntryTable>
          </DetailsContext.Provider>
          {hasKeeper !== undefined && mayExport() && (
            <Suspense fallback={null}>
              <ExportsSection
                configured={hasKeeper}
                query={query}
                range={chartRange}
                columns={columns}
                dialogOpen={dialogOpen}
                onDialogOpen={setDialogOpen}
              />
            </Suspense>
          )}
        </div>
      </PluginPage>
    </TimeZoneContext.Provider>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  // Side by side if there is room, to leave more of it to the rows.
  head: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1, 2),
    '& > :first-child': { flex: '1 0 auto' },
  }),
});
