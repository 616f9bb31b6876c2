import React, { lazy, Suspense, useMemo } from 'react';
import { Navigate, useLocation, useSearchParams } from 'react-router-dom';
import type { AppRootProps } from '@grafana/data';
import { hasPermission, PluginPage } from '@grafana/runtime';
import { LoadingPlaceholder } from '@grafana/ui';
import { PATHS, PERMISSIONS } from '../../constants.ts';
import { lokiClientFor } from '../../data/loki-clients.ts';
import { mayReadPersonalData } from '../../data/permissions.ts';
import { currentConfiguration, isConfigured, isOutdated } from '../../settings.ts';
import { TimeZoneContext, usePreferredTimeZone } from '../../state/time-zone.ts';
import { chooseDefaultRange } from '../../state/view.ts';
import { AuditPage } from '../AuditPage/AuditPage.tsx';
import { DetailsContext } from '../EntryDetails/details-context.ts';
import { PersonalDataProvider } from '../PersonalData/PersonalData.tsx';
import { Forbidden, NotConfigured } from './Notices.tsx';

// Opened by links to one entry only.
const EntryPage = lazy(() => import('../EntryPage/EntryPage.tsx'));
const HelpPage = lazy(() => import('../HelpPage/HelpPage.tsx'));
const ExportsPage = lazy(() => import('../BackgroundExports/ExportsPage.tsx'));

/** The app: the audit page, the page of exports, that of help or, by `entry=ID`, one entry alone; for those who may read, once it is known where from. */
export default function App({ meta }: Pick<AppRootProps, 'meta'>) {
  const configuration = useMemo(() => currentConfiguration(meta), [meta]);
  const { settings, hasGateway } = configuration;
  const loki = useMemo(() => lokiClientFor(settings), [settings]);
  const details = useMemo(() => ({ loki, settings }), [loki, settings]);
  const entryId = useSearchParams()[0].get('entry');
  const { pathname, search } = useLocation();
  const path = pathname.replace(/\/$/, '');
  const [zone] = usePreferredTimeZone();
  const hasKeeper = hasGateway && settings.backgroundExports;
  chooseDefaultRange(settings.defaultRange);
  // Grafana checks the permission again at each request; this only spares people a page that cannot work.
  if (!hasPermission(PERMISSIONS.readEntries)) {
    return (
      <PluginPage>
        <Forbidden />
      </PluginPage>
    );
  }
  if (path === PATHS.log) return <Navigate replace to={{ pathname: PATHS.page, search }} />;
  if (!isConfigured(configuration)) {
    return (
      <PluginPage>
        <NotConfigured mayConfigure={hasPermission(PERMISSIONS.writeSettings)} outdated={isOutdated(configuration)} />
      </PluginPage>
    );
  }
  return (
    <PersonalDataProvider mayRead={mayReadPersonalData()} mayRecord={hasGateway}>
      <DetailsContext.Provider value={details}>
        <TimeZoneContext.Provider value={zone}>
          <Suspense fallback={<LoadingPlaceholder text="" />}>
            {path === PATHS.exports ? (
              <ExportsPage configured={hasKeeper} />
            ) : path === PATHS.help ? (
              <HelpPage />
            ) : entryId === null ? (
              <AuditPage loki={loki} hasKeeper={hasKeeper} />
            ) : (
              <EntryPage key={entryId} id={entryId} loki={loki} />
            )}
          </Suspense>
        </TimeZoneContext.Provider>
      </DetailsContext.Provider>
    </PersonalDataProvider>
  );
}
