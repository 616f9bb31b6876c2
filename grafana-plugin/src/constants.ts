/** The app's id, as in plugin.json. */
export const PLUGIN_ID = 'auditrail-auditlog-app';

/** The permissions that plugin.json declares. */
export const PERMISSIONS = {
  readEntries: `${PLUGIN_ID}.entries:read`,
  /** Files hold personal data in full: the page offers them to those alone who may see it (`mayExport` in data/permissions.ts). */
  createExports: `${PLUGIN_ID}.exports:create`,
  readPersonalData: `${PLUGIN_ID}.personal-data:read`,
  writeSettings: `${PLUGIN_ID}.settings:write`,
} as const;

/** Grafana's addresses of the app. */
export const PATHS = {
  page: `/a/${PLUGIN_ID}`,
  /** The page for links: Grafana sends those who may not read the page itself Home without a word; this says why. */
  log: `/a/${PLUGIN_ID}/log`,
  exports: `/a/${PLUGIN_ID}/exports`,
  /** What to do if entries are missing or late. */
  help: `/a/${PLUGIN_ID}/help`,
  configuration: `/plugins/${PLUGIN_ID}`,
  /** Grafana's proxy for the routes of plugin.json. */
  proxy: `/api/plugin-proxy/${PLUGIN_ID}`,
  settings: `/api/plugins/${PLUGIN_ID}/settings`,
} as const;
