import React from 'react';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { PluginType, type AppPluginMeta } from '@grafana/data';
import type * as Runtime from '@grafana/runtime';
import { rememberSaved } from '../../settings.ts';
import { FakeBackend } from '../../testing/fake-backend.ts';
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

test('saves, writes that it did, tests the reading, and says what it found', async () => {
  show();
  await type(config.lokiUrl, 'http://gateway:8080/');
  await type(config.readToken, 'secret');
  await type(config.collectorUrl, 'http://collector:4319');
  await save();
  expect(await screen.findByText('Saved, and the audit log can be read')).toBeVisible();
  expect(screen.getByTestId(config.result)).toHaveTextContent('kept for 365 days. Loki gives up to 5,000 at once.');
  expect(requestsTo('/settings')).toMatchObject([
    {
      url: SETTINGS,
      method: 'POST',
      data: {
        enabled: true,
        pinned: true,
        jsonData: {
          source: 'route',
          lokiUrl: 'http://gateway:8080',
          tenant: 'audit',
          collectorUrl: 'http://collector:4319',
        },
        secureJsonData: { readToken: 'secret' },
      },
    },
  ]);
  expect(requestsTo('/v1/logs')).toHaveLength(1);
  // The token is Grafana's from now on.
  expect(JSON.stringify(requestsTo('/v1/logs'))).not.toContain('secret');
  expect(screen.getByTestId(config.readToken)).toBeDisabled();
});

test('a stored token is neither shown nor sent, until it is reset', async () => {
  show({ jsonData: { lokiUrl: 'http://gateway' }, secureJsonFields: { readToken: true, grafanaToken: true } });
  await save();
  expect(requestsTo('/settings')[0]).toMatchObject({ data: { secureJsonData: {} } });
  await user.click(screen.getAllByRole('button', { name: 'Reset' })[0]!);
  await type(config.readToken, 'new');
  await save();
  expect(requestsTo('/settings')[1]).toMatchObject({ data: { secureJsonData: { readToken: 'new' } } });
});

test('what cannot work is not saved', async () => {
  show();
  await type(config.lokiUrl, 'gateway');
  await type(config.tenant, 'a|b');
  await save();
  expect(screen.getByText(/This is not an address/)).toBeVisible();
  expect(screen.getByText(/A tenant is 1 to 64/)).toBeVisible();
  expect(asked()).toHaveLength(0);
});

test('a wrong token is told with its remedy', async () => {
  const good = backend.reply;
  backend.reply = (request) => (request.url.includes('/loki/') ? { status: 401, data: 'unauthorized' } : good(request));
  show({ jsonData: { lokiUrl: 'http://gateway' } });
  await save();
  expect(await screen.findByText('Saved, but the audit log cannot be read')).toBeVisible();
  expect(screen.getByTestId(config.result)).toHaveTextContent(
    'The gateway refused the read token. Enter the read token',
  );
});

test('a change that could not be written to the log is told', async () => {
  const good = backend.reply;
  backend.reply = (request) => (request.url.endsWith('/v1/logs') ? { status: 502 } : good(request));
  show({ jsonData: { lokiUrl: 'http://gateway', collectorUrl: 'http://collector' } });
  await save();
  expect(await screen.findByText('This change could not be written to the audit log')).toBeVisible();
  expect(screen.getByText('Saved, and the audit log can be read')).toBeVisible();
});

test('settings that Grafana does not take are told, and nothing else is done', async () => {
  backend.reply = () => ({ status: 403, data: { message: 'Permission denied' } });
  show({ jsonData: { lokiUrl: 'http://gateway', collectorUrl: 'http://collector' } });
  await save();
  expect(await screen.findByText('The settings were not saved')).toBeVisible();
  expect(screen.getByTestId(config.result)).toHaveTextContent('Permission denied');
  expect(asked()).toHaveLength(1);
});

test('choosing a data source warns that every Viewer can read it, and must name one', async () => {
  backend.reply = () => ({ data: [{ uid: 'loki-1', name: 'Loki', type: 'loki' }] });
  show();
  await user.click(screen.getByRole('radio', { name: 'Loki data source' }));
  expect(screen.getByTestId(config.viewersWarning)).toHaveTextContent('Every Viewer');
  expect(screen.queryByTestId(config.lokiUrl)).not.toBeInTheDocument();
  await save();
  expect(within(screen.getByTestId(config.form)).getByText('Needed')).toBeVisible();
  expect(requestsTo('/settings')).toHaveLength(0);
});

test('the data source of traces is shown by its name and kept', async () => {
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
  show({ jsonData: { lokiUrl: 'http://gateway', tracesDatasourceUid: 't-1' } });
  const field = screen.getByTestId(config.tracesDatasource);
  await waitFor(() => expect(field).toHaveValue('Tempo'));
  await save();
  expect(requestsTo('/settings')[0]).toMatchObject({ data: { jsonData: { tracesDatasourceUid: 't-1' } } });
});
