declare module '*.css';

declare module 'host:plugin-page' {
  import type { PluginPageType } from '@grafana/runtime';

  export function setPluginPage(component: PluginPageType): void;
}
