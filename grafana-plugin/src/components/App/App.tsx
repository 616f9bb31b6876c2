import React, { lazy, Suspense, useMemo } from 'react';
import { Navigate, useLocation, useSearchParams } from 'react-router-dom';
import type { AppRootProps } from '@grafana/data';
import { hasPermission, PluginPage } from '@grafana/runtime';
import { LoadingPlaceholder } from '@grafana/ui';
import { PATHS, PERMISSIONS } from '../../constants.ts';
import { trailFor } from '../../data/trail-for.ts';
import { mayReadPersonalData } from '../../data/permissions.ts';
import { currentConfiguration, isConfigured, isOutdated } from '../../settings.ts';
import { TimeZoneContext, usePreferredTimeZone } from '../../state/time-zone.ts';
import { chooseDefaultRange } from '../../state/view.ts';
import { AuditPage } from '../AuditPage/AuditPage.tsx';
import { DetailsContext } from '../EntryDetails/details-context.ts';
import { PersonalDataProvider } from '../PersonalData/PersonalData.tsx';
import { Forbidden, NotConfigured } from './Notices.tsx';

// Loaded on demand: most visits do not open these pages.
const EntryPage = lazy(() => import('../EntryPage/EntryPage.tsx'));
const HelpPage = lazy(() => import('../HelpPage/HelpPage.tsx'));
const OverviewPage = lazy(() => import('../Overview/OverviewPage.tsx'));
const DetectionsPage = lazy(() => import('../Detections/DetectionsPage.tsx'));
const ExportsPage = lazy(() => import('../BackgroundExports/ExportsPage.tsx'));

/** The app's pages: the audit log, its overview, detections, exports, help, and one entry (`entry=ID`). Requires the permission to read and a configuration. */
export default function App({ meta }: Pick<AppRootProps, 'meta'>) {
  const configuration = useMemo(() => currentConfiguration(meta), [meta]);
  const { settings, hasGateway } = configuration;
  const trail = useMemo(() => trailFor(configuration), [configuration]);
  const details = useMemo(() => ({ trail, settings }), [trail, settings]);
  const entryId = useSearchParams()[0].get('entry');
  const { pathname, search } = useLocation();
  const path = pathname.replace(/\/$/, '');
  const [zone] = usePreferredTimeZone();
  const hasKeeper = hasGateway && settings.backgroundExports;
  chooseDefaultRange(settings.defaultRange);
  // Grafana checks the permission of each request. This check only avoids a page that cannot work.
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
            ) : path === PATHS.overview ? (
              <OverviewPage trail={trail} />
            ) : path === PATHS.detections ? (
              <DetectionsPage trail={trail} hasKeeper={hasKeeper && settings.source === 'route'} />
            ) : path === PATHS.help ? (
              <HelpPage />
            ) : entryId === null ? (
              <AuditPage trail={trail} hasKeeper={hasKeeper} />
            ) : (
              <EntryPage key={entryId} id={entryId} trail={trail} />
            )}
          </Suspense>
        </TimeZoneContext.Provider>
      </DetailsContext.Provider>
    </PersonalDataProvider>
  );
}
