/** The ID of the app, as in plugin.json. */
export const PLUGIN_ID = 'auditrail-auditlog-app';

/** The permissions that plugin.json declares. */
export const PERMISSIONS = {
  readEntries: `${PLUGIN_ID}.entries:read`,
  /** Exports contain unmasked personal data, so the page also requires the permission to see it (`mayExport` in data/permissions.ts). */
  createExports: `${PLUGIN_ID}.exports:create`,
  readPersonalData: `${PLUGIN_ID}.personal-data:read`,
  writeSettings: `${PLUGIN_ID}.settings:write`,
} as const;

/** The app's paths in Grafana. */
export const PATHS = {
  page: `/a/${PLUGIN_ID}`,
  /** The page for links. Grafana redirects users without permission from the page itself to Home; this path states why. */
  log: `/a/${PLUGIN_ID}/log`,
  /** Numbers and most frequent values. */
  overview: `/a/${PLUGIN_ID}/overview`,
  exports: `/a/${PLUGIN_ID}/exports`,
  detections: `/a/${PLUGIN_ID}/detections`,
  /** What to do if entries are missing or late. */
  help: `/a/${PLUGIN_ID}/help`,
  configuration: `/plugins/${PLUGIN_ID}`,
  /** Grafana's proxy for the routes of plugin.json. */
  proxy: `/api/plugin-proxy/${PLUGIN_ID}`,
  settings: `/api/plugins/${PLUGIN_ID}/settings`,
} as const;
