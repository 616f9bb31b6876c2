import React, { lazy, Suspense, useContext, useMemo, useState } from 'react';
import { css } from '@emotion/css';
import type { LokiClient } from '@auditrail/core';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { PluginPage } from '@grafana/runtime';
import { Alert, Stack, useStyles2 } from '@grafana/ui';
import { mayExport } from '../../data/permissions.ts';
import { useEntries } from '../../state/use-entries.ts';
import { useShownEntries } from '../../state/use-shown-entries.ts';
import { useView } from '../../state/use-view.ts';
import { toQuery, toReadRange, toTimeRange, viewSearch } from '../../state/view.ts';
import { DetailsContext } from '../EntryDetails/details-context.ts';
import { EntryTable } from '../EntryTable/EntryTable.tsx';
import { ExportMenu } from '../Export/ExportMenu.tsx';
import { ExportStatus } from '../Export/ExportStatus.tsx';
import { useExport } from '../Export/use-export.ts';
import { TableControls } from '../EntryTable/TableControls.tsx';
import { Filters } from '../Filters/Filters.tsx';
import { Histogram } from '../Histogram/Histogram.tsx';
import { MaskNotice } from '../PersonalData/MaskNotice.tsx';
import { testIds } from '../testIds.ts';
import { EntryCount } from './EntryCount.tsx';
import { NoEntries } from './NoEntries.tsx';
import { ReadError } from './ReadError.tsx';
import { TimeControls } from './TimeControls.tsx';

const ExportsSection = lazy(() => import('../Exports/ExportsSection.tsx'));

interface Props {
  loki: LokiClient;
  /** Whether there is a keeper for background exports; left out, the page does not speak of them. */
  hasKeeper?: boolean;
}

/** The audit log: a view of the trail that stands wholly in the URL. */
export function AuditPage({ loki, hasKeeper }: Props) {
  const styles = useStyles2(getStyles);
  const { view, problems, show } = useView();
  // A new object makes everything be read again, and "now" be this moment.
  const [refreshed, setRefreshed] = useState({});
  const query = useMemo(() => toQuery(view), [view]);
  const [range, chartRange] = useMemo(() => {
    void refreshed;
    return [toReadRange(view), toTimeRange(view)];
  }, [view, refreshed]);
  const entries = useShownEntries(useEntries(loki, query, range));
  const exporting = useExport({ loki, query, range, view: viewSearch(view) });
  const [asking, setAsking] = useState(false);
  const onBackground = hasKeeper ? () => setAsking(true) : undefined;
  const retry = () => setRefreshed({});
  const outer = useContext(DetailsContext);
  const details = useMemo(() => ({ ...outer, loki, view }), [outer, loki, view]);
  return (
    <PluginPage
      pageNav={{ text: t('page.title', 'Audit log') }}
      subTitle={t('page.subtitle', 'Who did what, when, from where, and with what result')}
      actions={
        <>
          <TimeControls view={view} onChange={show} onRefresh={retry} />
          <ExportMenu exporting={exporting} onBackground={onBackground} />
        </>
      }
    >
      <div className={styles.page} data-testid={testIds.page.container}>
        {problems.length > 0 && (
          <Alert
            severity="warning"
            title={t('page.url-problems', 'Part of this link could not be used')}
            data-testid={testIds.page.urlProblems}
            bottomSpacing={0}
          >
            {problems.join('; ')}
          </Alert>
        )}
        <ExportStatus exporting={exporting} onBackground={onBackground} />
        <Filters loki={loki} view={view} range={range} onChange={show} />
        <Histogram
          loki={loki}
          query={query}
          range={chartRange}
          onZoom={(from, to) => show({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })}
        />
        <Stack justifyContent="space-between" alignItems="center" wrap="wrap">
          <EntryCount loki={loki} query={query} range={range} />
          <MaskNotice />
          <TableControls />
        </Stack>
        <DetailsContext.Provider value={details}>
          <EntryTable entries={entries}>
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
              asking={asking}
              onAsking={setAsking}
            />
          </Suspense>
        )}
      </div>
    </PluginPage>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1.5) }),
});
