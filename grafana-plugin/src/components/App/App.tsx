import React, { useMemo } from 'react';
import type { AppRootProps } from '@grafana/data';
import { hasPermission, PluginPage } from '@grafana/runtime';
import { PERMISSIONS } from '../../constants.ts';
import { lokiClientFor } from '../../data/loki-clients.ts';
import { mayReadPersonalData } from '../../data/permissions.ts';
import { currentSettings, isConfigured } from '../../settings.ts';
import { AuditPage } from '../AuditPage/AuditPage.tsx';
import { PersonalDataProvider } from '../PersonalData/PersonalData.tsx';
import { Forbidden, NotConfigured } from './Notices.tsx';

/** The app: the audit page, for those who may read it, once it is known where from. */
export default function App({ meta }: Pick<AppRootProps, 'meta'>) {
  const settings = useMemo(() => currentSettings(meta.jsonData), [meta.jsonData]);
  const loki = useMemo(() => lokiClientFor(settings), [settings]);
  // Grafana checks the permission again at each request; this only spares people a page that cannot work.
  if (!hasPermission(PERMISSIONS.readEntries)) {
    return (
      <PluginPage>
        <Forbidden />
      </PluginPage>
    );
  }
  if (!isConfigured(settings)) {
    return (
      <PluginPage>
        <NotConfigured mayConfigure={hasPermission(PERMISSIONS.writeSettings)} />
      </PluginPage>
    );
  }
  return (
    <PersonalDataProvider mayRead={mayReadPersonalData()} mayRecord={settings.collectorUrl !== ''}>
      <AuditPage loki={loki} />
    </PersonalDataProvider>
  );
}
