/** The plugin's settings as Grafana keeps them for one organisation. */
export interface PluginSettings {
  jsonData: Record<string, unknown>;
  /** Written by an administrator, read by the proxy only. */
  secureJsonData: Record<string, string>;
}

/**
 * The settings of the app for one tenant, as its configuration page stores them.
 *
 * @param token with the role grafana
 * @example appSettings(stack.urls.gateway, stack.tokensFor('acme').grafana, { backgroundExports: true })
 */
export function appSettings(gatewayUrl: string, token: string, more: Record<string, unknown> = {}): PluginSettings {
  return { jsonData: { source: 'route', ...more }, secureJsonData: { gateway: `${gatewayUrl}/t/${token}` } };
}

/** The names of the secrets that have a value; the values themselves never leave the host. */
export function secureFields(settings: PluginSettings): Record<string, boolean> {
  const names = Object.entries(settings.secureJsonData).filter(([, value]) => value !== '');
  return Object.fromEntries(names.map(([name]) => [name, true]));
}

/**
 * The settings after an administrator posted `update`: `jsonData` is replaced, of the secrets only those named change.
 * @throws TypeError when the update has not the shape of Grafana's API.
 */
export function updateSettings(settings: PluginSettings, update: unknown): PluginSettings {
  if (!isRecord(update)) {
    throw new TypeError('The settings must be a JSON object with jsonData and secureJsonData.');
  }
  const { jsonData = {}, secureJsonData = {} } = update;
  if (!isRecord(jsonData) || !isRecord(secureJsonData) || !Object.values(secureJsonData).every(isText)) {
    throw new TypeError('jsonData must be an object, secureJsonData an object of texts.');
  }
  return { jsonData, secureJsonData: { ...settings.secureJsonData, ...(secureJsonData as Record<string, string>) } };
}

/**
 * Fills `{{ .JsonData.name }}` and `{{ .SecureJsonData.name }}` of a route's URL or header. As in Grafana, a setting that
 * nobody made becomes the text `<no value>`.
 * @example
 * fillTemplate('{{ .SecureJsonData.gateway }}/loki', { jsonData: {}, secureJsonData: { gateway: 'http://gateway' } }); // 'http://gateway/loki'
 */
export function fillTemplate(template: string, settings: PluginSettings): string {
  return template.replace(/\{\{\s*\.(JsonData|SecureJsonData)\.(\w+)\s*\}\}/g, (_, source: string, name: string) => {
    const value = source === 'JsonData' ? settings.jsonData[name] : settings.secureJsonData[name];
    return isText(value) ? value : value === undefined ? '<no value>' : JSON.stringify(value);
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
