import { MAIN_ORG_ID, permissionsOf, USERS, type HostUser, type PluginManifest } from './plugin.ts';
import { secureFields, type PluginSettings } from './settings.ts';

/** Only allows resources of the host. Inline styles are allowed because Emotion adds style elements. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The HTML of all pages. The base makes Grafana's relative URLs (icons, plugin) work at any depth. */
export const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <base href="/" />
    <title>Auditrail · development host</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/host/shell.css" />
  </head>
  <body>
    <div id="root"></div>
    <script src="/host/boot.js"></script>
    <script type="module" src="/host/shell.js"></script>
  </body>
</html>
`;

/** The host's languages, selected by the cookie `host_language`. The first is the default. */
export const LANGUAGES = ['en-US', 'de-DE', 'ja-JP'] as const;

/** The choices in the host's header. */
export interface HostLook {
  theme: 'light' | 'dark';
  language: (typeof LANGUAGES)[number];
}

/** A data source for links. The host does not query it. */
export interface HostDatasource {
  uid: string;
  type: string;
  name: string;
}

/** The script with the data that Grafana's packages read when they load: user, permissions, theme and language. */
export function bootScript(
  user: HostUser,
  manifest: PluginManifest,
  { theme, language }: HostLook,
  datasources: readonly HostDatasource[] = [],
  orgId = MAIN_ORG_ID,
  waitingFor?: string,
): string {
  const { id, uid, login, email, name, role } = user;
  const bootData = {
    user: {
      ...{ isSignedIn: true, id, uid, login, email, name, theme, lightTheme: theme === 'light' },
      ...{
        orgId,
        orgName: orgId === MAIN_ORG_ID ? 'Main Org.' : `Org. ${orgId}`,
        orgRole: role,
        orgCount: 1,
        isGrafanaAdmin: false,
      },
      ...{ language, locale: language, regionalFormat: language, timezone: 'browser', weekStart: '' },
      permissions: permissionsOf(user, manifest),
    },
    settings: {
      ...{
        appUrl: '/',
        appSubUrl: '',
        rbacEnabled: true,
        datasources: Object.fromEntries(datasources.map((one) => [one.name, one])),
        featureToggles: {},
        apps: {},
      },
      buildInfo: { version: 'development host', commit: '', env: 'development', edition: 'Open Source' },
    },
    navTree: [],
    assets: { dark: '', light: '' },
  };
  const users = Object.entries(USERS).map(([value, one]) => ({ value, label: one.name, login: one.login }));
  return [
    `window.__grafana_public_path__ = '/public/';`,
    `window.grafanaBootData = ${JSON.stringify(bootData)};`,
    `window.hostData = ${JSON.stringify({ pluginId: manifest.id, user: login, users, theme, language, languages: LANGUAGES, waitingFor })};`,
  ].join('\n');
}

/** The response of `GET /api/plugins/<id>/settings`: the plugin's description, its settings, and only the names of secrets. */
export function pluginMeta(manifest: PluginManifest, settings: PluginSettings): object {
  const { id, name, includes = [] } = manifest;
  const baseUrl = `public/plugins/${id}`;
  const logos = Object.entries<string>(manifest.info.logos ?? {}).map(
    ([size, path]) => [size, `${baseUrl}/${path}`] as const,
  );
  const info = { ...manifest.info, logos: Object.fromEntries<string>(logos) };
  return {
    ...{ id, name, info, includes, type: 'app', enabled: true, pinned: true, signature: 'unsigned', state: '' },
    ...{ module: `${baseUrl}/module.js`, baseUrl, dependencies: { plugins: [] } },
    ...{ jsonData: settings.jsonData, secureJsonFields: secureFields(settings) },
  };
}
