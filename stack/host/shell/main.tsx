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

// What Grafana sets up before it shows anything.
setBackendSrv(new HostBackendSrv());
setAppEvents(new EventBusSrv());
setEchoSrv(new FakeEchoSrv());
setCurrentUser(config.bootData.user);
setPluginPage(HostPage);
// Links ask what a data source is; nothing here queries one.
const datasources = Object.values(config.datasources);
if (datasources.length > 0) {
  setDataSourceSrv({
    getInstanceSettings: (ref) => datasources.find(({ uid }) => uid === ref),
    getList: () => datasources,
    get: () => Promise.reject(new Error('The development host queries no data source.')),
    reload: () => Promise.resolve(),
    registerRuntimeDataSource: () => {},
  });
}
locationUtil.initialize({
  config: config as unknown as GrafanaConfig,
  getTimeRangeForUrl: () => ({ from: 'now-1h', to: 'now' }),
  getVariablesUrlParams: () => ({}),
});

// The plugin finds the language here, as in Grafana; i18next takes no language for real that has no text at all.
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
