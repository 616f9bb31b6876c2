import type { IconName } from '@grafana/data';

/** Data of the host's boot script: the plugin and the simulated users. */
interface HostData {
  pluginId: string;
  /** The login of the current user. */
  user: string;
  users: { value: string; label: string; login: string }[];
  theme: 'light' | 'dark';
  language: string;
  languages: string[];
  /** What was not ready yet when the page was loaded. */
  waitingFor?: string;
}

/** The plugin's metadata and settings, as `GET /api/plugins/<id>/settings` returns them. */
export interface HostPluginMeta {
  id: string;
  name: string;
  info: { version: string; description: string; logos: { large: string } };
  includes: {
    type: string;
    name: string;
    path?: string;
    icon?: IconName;
    action?: string;
    role?: string;
    addToNav?: boolean;
    defaultNav?: boolean;
  }[];
  jsonData: Record<string, unknown>;
  secureJsonFields: Record<string, boolean>;
}

declare global {
  interface Window {
    hostData: HostData;
  }
}

/** Stores a selection of the header and reloads the page. */
export function choose(cookie: 'host_user' | 'host_theme' | 'host_language', value: string): void {
  document.cookie = `${cookie}=${value}; path=/; SameSite=Strict`;
  window.location.reload();
}
