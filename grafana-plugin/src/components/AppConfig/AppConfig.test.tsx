import React from 'react';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { PluginType, type AppPluginMeta } from '@grafana/data';
import type * as Runtime from '@grafana/runtime';
import { DEFAULT_SETTINGS, rememberSaved } from '../../settings.ts';
import { FakeBackend } from '../../testing/fake-backend.ts';
import { gatewayToken } from '../../testing/gateway-token.ts';
import { testIds } from '../testIds.ts';
import AppConfig, { type AppConfigProps } from './AppConfig.tsx';

let backend: FakeBackend;
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual<typeof Runtime>('@grafana/runtime'),
  getBackendSrv: () => backend.service,
}));

const { config } = testIds;
const SETTINGS = '/api/plugins/auditrail-auditlog-app/settings';
const LIMITS = { limits: { retention_period: '365d', max_entries_limit_per_query: 5000 } };
const user = userEvent.setup();

beforeEach(() => {
  rememberSaved(undefined);
  backend = new FakeBackend();
  backend.reply = ({ url }) => {
    if (url.endsWith('drilldown-limits')) return { data: LIMITS };
    if (url.endsWith('query_range')) return { data: { data: { resultType: 'streams', result: [] } } };
    if (url.endsWith('/query')) return { data: count(1284) };
    if (url.includes('/keeper/')) return { data: { exports: [], total: 0 } };
    return { data: {} };
  };
});

const show = (meta: Partial<AppPluginMeta> = {}) => {
  const plugin = { meta: { type: PluginType.app, enabled: true, pinned: true, ...meta } };
  render(<AppConfig plugin={plugin as AppConfigProps['plugin']} />);
};
const type = async (testId: string, text: string) => {
  const input = screen.getByTestId(testId);
  await user.clear(input);
  await user.type(input, text);
};
const save = () => user.click(screen.getByTestId(config.submit));
// The lists of data sources are read beside what a test looks at.
const asked = () => backend.requests.filter(({ url }) => url !== '/api/datasources');
const requestsTo = (end: string) => backend.requests.filter(({ url }) => url.endsWith(end));

const GATEWAY = { gateway: true };
const TOKEN = gatewayToken('acme');
const typeGateway = async () => {
  await type(config.gatewayAddress, 'http://gateway:8080/');
  await type(config.gatewayToken, TOKEN);
};
const count = (entries: number) => ({
  data: { resultType: 'vector', result: [{ metric: {}, value: [0, `${entries}`] }] },
});

test('saves address and token as one secret, records the change, tests reading, and reports the result', async () => {
  show();
  await typeGateway();
  expect(screen.getByTestId(config.tenant)).toHaveTextContent('Tenant: acme');
  await save();
  expect(await screen.findByText('Saved, and the audit log can be read')).toBeVisible();
  expect(screen.getByTestId(config.result)).toHaveTextContent(
    'The tenant is acme. Entries in the last 24 hours: 1,284. There are no entries in the last 30 days. Entries are kept for 365 days.',
  );
  expect(requestsTo('/settings')).toEqual([
    expect.objectContaining({
      url: SETTINGS,
      method: 'POST',
      data: {
        enabled: true,
        pinned: true,
        // Nothing that Viewers should not see: no address, no tenant.
        jsonData: DEFAULT_SETTINGS,
        secureJsonData: { gateway: `http://gateway:8080/t/${TOKEN}` },
      },
    }),
  ]);
  const [entry, ...more] = requestsTo('/v1/logs');
  expect(more).toEqual([]);
  expect(JSON.stringify(entry)).toContain('gatewayChanged');
  // The token is Grafana's from now on, and the address with it.
  expect(JSON.stringify(entry)).not.toMatch(/auditrail_gw_|gateway:8080/);
  expect(screen.getByTestId(config.gatewayStored)).toBeDisabled();
  expect(screen.queryByTestId(config.gatewayAddress)).not.toBeInTheDocument();
});

test('the stored gateway is neither shown nor sent; changing the address requires the token again', async () => {
  show({ secureJsonFields: GATEWAY });
  await save();
  expect(requestsTo('/settings')[0]).toMatchObject({ data: { secureJsonData: {} } });
  await user.click(screen.getByRole('button', { name: 'Reset' }));
  await type(config.gatewayAddress, 'http://listener.example');
  await save();
  expect(screen.getByText(/the address is stored only together with its token/)).toBeVisible();
  expect(requestsTo('/settings')).toHaveLength(1);
  await type(config.gatewayToken, TOKEN);
  await save();
  expect(requestsTo('/settings')[1]).toMatchObject({
    data: { secureJsonData: { gateway: `http://listener.example/t/${TOKEN}` } },
  });
});

test('a reset can be undone', async () => {
  show({ secureJsonFields: GATEWAY });
  await user.click(screen.getByRole('button', { name: 'Reset' }));
  await type(config.gatewayAddress, 'http://other');
  await user.click(screen.getByTestId(config.gatewayKeep));
  await save();
  expect(requestsTo('/settings')[0]).toMatchObject({ data: { secureJsonData: {} } });
});

test('invalid settings are not saved', async () => {
  show();
  await type(config.gatewayAddress, 'gateway');
  await type(config.gatewayToken, gatewayToken('acme', 'read'));
  await save();
  expect(screen.getByText(/Enter an address such as/)).toBeVisible();
  expect(screen.getByText(/This token has the read role/)).toBeVisible();
  expect(screen.getByTestId(config.tenant)).toBeEmptyDOMElement();
  expect(asked()).toHaveLength(0);
});

test.each([
  [
    { status: 401, data: { error: 'unknown token' } },
    'The gateway does not recognize the token. The token is wrong or was revoked.',
  ],
  [
    { status: 403, data: { error: 'role write' } },
    'The request was refused. The app needs a token with the grafana role',
  ],
  [{ status: 502, data: '' }, 'The gateway cannot be reached. Check that the gateway is running'],
  [
    { status: 502, data: { error: 'no Loki' } },
    'Loki cannot be reached. Check that Loki is running. The gateway in front of it',
  ],
])('reading that fails with %j is reported with its remedy', async (reply, text) => {
  const good = backend.reply;
  backend.reply = (request) => (request.url.includes('/loki/') ? reply : good(request));
  show({ secureJsonFields: GATEWAY });
  await save();
  expect(await screen.findByText('Saved, but the audit log cannot be read')).toBeVisible();
  expect(screen.getByTestId(config.result)).toHaveTextContent(text);
});

test.each([
  [{ status: 403, data: { error: 'role read' } }, 'The app needs a token with the grafana role'],
  [{ status: 502, data: { error: 'no collector' } }, 'The collector did not accept the entry'],
])('a change that could not be written to the log (%j) is reported', async (reply, text) => {
  const good = backend.reply;
  backend.reply = (request) => (request.url.endsWith('/v1/logs') ? reply : good(request));
  show({ secureJsonFields: GATEWAY });
  await save();
  expect(await screen.findByText('This change could not be written to the audit log')).toBeVisible();
  expect(screen.getByTestId(config.result)).toHaveTextContent(text);
  expect(screen.getByText('Saved, and the audit log can be read')).toBeVisible();
});

test('enabled background exports are tested too', async () => {
  const good = backend.reply;
  backend.reply = (request) => (request.url.includes('/keeper/') ? { status: 502, data: '' } : good(request));
  show({ secureJsonFields: GATEWAY });
  await user.click(screen.getByTestId(config.backgroundExports));
  await save();
  expect(await screen.findByText('Background exports do not work')).toBeVisible();
  expect(screen.getByTestId(config.result)).toHaveTextContent('The keeper could not be reached');
  expect(requestsTo('/settings')[0]).toMatchObject({ data: { jsonData: { backgroundExports: true } } });
});

test('settings that Grafana refuses are reported, and nothing else happens', async () => {
  backend.reply = () => ({ status: 403, data: { message: 'Permission denied' } });
  show({ secureJsonFields: GATEWAY });
  await save();
  expect(await screen.findByText('Settings were not saved')).toBeVisible();
  expect(screen.getByTestId(config.result)).toHaveTextContent('Permission denied');
  expect(asked()).toHaveLength(1);
});

test('settings of an earlier build are listed, not used, and deleted by saving', async () => {
  const jsonData = { lokiUrl: 'http://gateway:8080', tenant: 'audit', tracesDatasourceUid: 't-1' };
  show({ jsonData, secureJsonFields: { readToken: true, keeperToken: true } });
  expect(screen.getByTestId(config.oldSettings)).toHaveTextContent('lokiUrl, tenant, readToken, keeperToken');
  await save();
  expect(requestsTo('/settings')).toHaveLength(0);
  await typeGateway();
  await save();
  expect(requestsTo('/settings')[0]).toMatchObject({
    data: {
      jsonData: { ...DEFAULT_SETTINGS, tracesDatasourceUid: 't-1' },
      secureJsonData: { gateway: `http://gateway:8080/t/${TOKEN}`, readToken: '', keeperToken: '' },
    },
  });
  expect(screen.queryByTestId(config.oldSettings)).not.toBeInTheDocument();
});

test('selecting a data source warns that every Viewer can read it, and requires one', async () => {
  backend.reply = () => ({ data: [{ uid: 'loki-1', name: 'Loki', type: 'loki' }] });
  show();
  await user.click(screen.getByRole('radio', { name: 'Loki data source' }));
  expect(screen.getByTestId(config.viewersWarning)).toHaveTextContent('every Viewer');
  await save();
  expect(within(screen.getByTestId(config.form)).getByText('Required')).toBeVisible();
  expect(requestsTo('/settings')).toHaveLength(0);
});

test('records values before and after the change, and warns that a provisioning file overwrites them', async () => {
  show({
    jsonData: { source: 'route', tracesDatasourceUid: 'tempo', provisioned: true },
    secureJsonFields: GATEWAY,
  });
  expect(screen.getByTestId(config.provisioned)).toHaveTextContent('until Grafana restarts');
  await user.click(screen.getByRole('radio', { name: 'Last 24 hours' }));
  await save();
  await screen.findByTestId(config.result);
  const [entry] = requestsTo('/v1/logs');
  expect(JSON.stringify(entry?.data)).toContain(
    JSON.stringify('"changes":[{"after":"24h","before":"today","path":"defaultRange"}]').slice(1, -1),
  );
});

test('with a data source the gateway is optional; without it, no entries are written', async () => {
  show({ jsonData: { source: 'datasource', datasourceUid: 'loki-1' } });
  await save();
  expect(await screen.findByText('Saved, and the audit log can be read')).toBeVisible();
  expect(requestsTo('/settings')[0]).toMatchObject({ data: { secureJsonData: { gateway: '' } } });
  expect(requestsTo('/v1/logs')).toHaveLength(0);
});

test('the trace data source is shown by its name and kept', async () => {
  const good = backend.reply;
  backend.reply = (request) =>
    request.url === '/api/datasources'
      ? {
          data: [
            { uid: 't-1', name: 'Tempo', type: 'tempo' },
            { uid: 'l-1', name: 'Loki', type: 'loki' },
          ],
        }
      : good(request);
  show({ jsonData: { tracesDatasourceUid: 't-1' }, secureJsonFields: GATEWAY });
  const field = screen.getByTestId(config.tracesDatasource);
  await waitFor(() => expect(field).toHaveValue('Tempo'));
  await save();
  expect(requestsTo('/settings')[0]).toMatchObject({ data: { jsonData: { tracesDatasourceUid: 't-1' } } });
});
