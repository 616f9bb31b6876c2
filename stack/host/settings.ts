/** The plugin's settings in one organization. */
export interface PluginSettings {
  jsonData: Record<string, unknown>;
  /** Set by an administrator; only the proxy reads it. */
  secureJsonData: Record<string, string>;
}

/**
 * The settings for one tenant, as the app's configuration page stores them.
 *
 * @param token a gateway token with the role `grafana`
 * @example appSettings(stack.urls.gateway, stack.tokensFor('acme').grafana, { backgroundExports: true })
 */
export function appSettings(gatewayUrl: string, token: string, more: Record<string, unknown> = {}): PluginSettings {
  return { jsonData: { source: 'route', ...more }, secureJsonData: { gateway: `${gatewayUrl}/t/${token}` } };
}

/** The names of the secrets that are set. Their values never leave the host. */
export function secureFields(settings: PluginSettings): Record<string, boolean> {
  const names = Object.entries(settings.secureJsonData).filter(([, value]) => value !== '');
  return Object.fromEntries(names.map(([name]) => [name, true]));
}

/**
 * Applies an administrator's update: replaces `jsonData`, and changes only the secrets that the update contains.
 *
 * @throws TypeError if the update does not have the format of Grafana's API
 */
export function updateSettings(settings: PluginSettings, update: unknown): PluginSettings {
  if (!isRecord(update)) {
    throw new TypeError('The settings must be a JSON object with jsonData and secureJsonData.');
  }
  const { jsonData = {}, secureJsonData = {} } = update;
  if (!isRecord(jsonData) || !isRecord(secureJsonData) || !Object.values(secureJsonData).every(isString)) {
    throw new TypeError('jsonData must be an object, and secureJsonData an object of strings.');
  }
  return { jsonData, secureJsonData: { ...settings.secureJsonData, ...(secureJsonData as Record<string, string>) } };
}

/**
 * Replaces `{{ .JsonData.name }}` and `{{ .SecureJsonData.name }}` in a route's URL or header. As in Grafana, a missing
 * setting becomes the text `<no value>`.
 *
 * @example
 * fillTemplate('{{ .SecureJsonData.gateway }}/loki', { jsonData: {}, secureJsonData: { gateway: 'http://gateway' } }); // 'http://gateway/loki'
 */
export function fillTemplate(template: string, settings: PluginSettings): string {
  return template.replace(/\{\{\s*\.(JsonData|SecureJsonData)\.(\w+)\s*\}\}/g, (_, source: string, name: string) => {
    const value = source === 'JsonData' ? settings.jsonData[name] : settings.secureJsonData[name];
    return isString(value) ? value : value === undefined ? '<no value>' : JSON.stringify(value);
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}
