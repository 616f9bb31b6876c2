import React, { lazy, Suspense } from 'react';
import { AppPlugin, type AppRootProps } from '@grafana/data';
import { LoadingPlaceholder } from '@grafana/ui';
import type { AppConfigProps } from './components/AppConfig/AppConfig.tsx';
import { addLinks, addProfileTab } from './extensions.ts';
import { loadTranslations } from './load-translations.ts';

// Grafana loads only this file when it starts. The rest is loaded on demand.
const LazyApp = lazy(async () => {
  await loadTranslations();
  return import('./components/App/App.tsx');
});
const LazyAppConfig = lazy(async () => {
  await loadTranslations();
  return import('./components/AppConfig/AppConfig.tsx');
});
const LazyProfileTab = lazy(async () => {
  await loadTranslations();
  return import('./components/ProfileTab/ProfileTab.tsx');
});

const App = (props: AppRootProps) => (
  <Suspense fallback={<LoadingPlaceholder text="" />}>
    <LazyApp {...props} />
  </Suspense>
);

const AppConfig = (props: AppConfigProps) => (
  <Suspense fallback={<LoadingPlaceholder text="" />}>
    <LazyAppConfig {...props} />
  </Suspense>
);

const ProfileTab = () => (
  <Suspense fallback={<LoadingPlaceholder text="" />}>
    <LazyProfileTab />
  </Suspense>
);

export const plugin = addLinks(
  new AppPlugin().setRootPage(App).addConfigPage({
    title: 'Configuration',
    icon: 'cog',
    body: AppConfig,
    id: 'configuration',
  }),
);
addProfileTab(plugin, ProfileTab);
