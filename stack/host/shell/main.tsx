import './shell.css';
import { EventBusSrv, locationUtil, type AppPlugin, type GrafanaConfig } from '@grafana/data';
import {
  config,
  FakeEchoSrv,
  getBackendSrv,
  setAppEvents,
  setBackendSrv,
  setCurrentUser,
  setDataSourceSrv,
  setEchoSrv,
} from '@grafana/runtime';
import i18next from 'i18next';
import { createRoot } from 'react-dom/client';
import { setPluginPage } from 'host:plugin-page';
import { loadAmdModule } from './amd.ts';
import { HostBackendSrv } from './backend-srv.ts';
import type { HostPluginMeta } from './host-data.ts';
import { HostPage } from './plugin-page.tsx';
import { SHARED_MODULES } from './shared-modules.ts';
import { Shell, StartError } from './shell.tsx';

// The services that Grafana sets up at start.
setBackendSrv(new HostBackendSrv());
setAppEvents(new EventBusSrv());
setEchoSrv(new FakeEchoSrv());
setCurrentUser(config.bootData.user);
setPluginPage(HostPage);
// Links need the properties of data sources. The host does not query them.
const datasources = Object.values(config.datasources);
if (datasources.length > 0) {
  setDataSourceSrv({
    getInstanceSettings: (ref) => datasources.find(({ uid }) => uid === ref),
    getList: () => datasources,
    get: () => Promise.reject(new Error('The development host does not query data sources.')),
    reload: () => Promise.resolve(),
    registerRuntimeDataSource: () => {},
  });
}
locationUtil.initialize({
  config: config as unknown as GrafanaConfig,
  getTimeRangeForUrl: () => ({ from: 'now-1h', to: 'now' }),
  getVariablesUrlParams: () => ({}),
});

// The plugin reads the language from i18next, as in Grafana. i18next ignores a language without any text.
const { language } = window.hostData;
await i18next.init({
  ...{ lng: language, fallbackLng: 'en-US', returnEmptyString: false },
  resources: { [language]: { host: { title: 'Development host' } } },
});
document.documentElement.lang = language;

const root = createRoot(document.getElementById('root')!);
try {
  const { pluginId } = window.hostData;
  const meta = await getBackendSrv().get<HostPluginMeta>(`/api/plugins/${pluginId}/settings`);
  const module = await loadAmdModule(`public/plugins/${pluginId}/module.js`, SHARED_MODULES);
  const { plugin } = module as { plugin: AppPlugin };
  Object.assign(plugin, { meta });
  plugin.init(plugin.meta);
  root.render(<Shell meta={meta} plugin={plugin} />);
} catch (error) {
  root.render(<StartError error={error} />);
  throw error;
}
