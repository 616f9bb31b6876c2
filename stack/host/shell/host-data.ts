import type { IconName } from '@grafana/data';

/** What the host's boot script says about the plugin and the pretended users. */
interface HostData {
  pluginId: string;
  /** The login of the user that the page is shown to. */
  user: string;
  users: { value: string; label: string; login: string }[];
  theme: 'light' | 'dark';
  language: string;
  languages: string[];
  /** What was not ready when the page was loaded. */
  waitingFor?: string;
}

/** The plugin's description and settings, as `GET /api/plugins/<id>/settings` answers. */
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

/** Remembers a choice of the header and shows the page anew. */
export function choose(cookie: 'host_user' | 'host_theme' | 'host_language', value: string): void {
  document.cookie = `${cookie}=${value}; path=/; SameSite=Strict`;
  window.location.reload();
}
