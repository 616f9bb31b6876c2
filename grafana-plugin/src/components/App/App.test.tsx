import React from 'react';
import { cleanup, render, screen, waitFor } from '@testing-library/react';
import { PluginType, type AppPluginMeta } from '@grafana/data';
import type * as Runtime from '@grafana/runtime';
import { PATHS, PERMISSIONS } from '../../constants.ts';
import { rememberSaved, parseConfiguration } from '../../settings.ts';
import { FakeBackend } from '../../testing/fake-backend.ts';
import { At } from '../../testing/grafana.tsx';
import { testIds } from '../testIds.ts';
import App from './App.tsx';

let backend: FakeBackend;
let permissions: string[];
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual<typeof Runtime>('@grafana/runtime'),
  getBackendSrv: () => backend.service,
  hasPermission: (action: string) => permissions.includes(action),
}));
beforeEach(() => {
  backend = new FakeBackend();
  permissions = Object.values(PERMISSIONS);
  rememberSaved(undefined);
});

const GATEWAY = { gateway: true };
const show = (secureJsonFields: Record<string, boolean>, jsonData: object = {}, url = '/') => {
  const meta = { id: 'x', name: 'x', type: PluginType.app, jsonData, secureJsonFields } as unknown as AppPluginMeta;
  render(<App meta={meta} />, { wrapper: ({ children }) => <At url={url}>{children}</At> });
};

test('without the permission, no request is sent, and the page states which permission is missing', () => {
  permissions = [];
  show(GATEWAY);
  expect(screen.getByTestId(testIds.page.forbidden)).toHaveTextContent(PERMISSIONS.readEntries);
  expect(backend.requests).toHaveLength(0);
});

test('without the permission, the page states whom to ask and what they can do', () => {
  permissions = [PERMISSIONS.readPersonalData];
  show(GATEWAY);
  const notice = screen.getByTestId(testIds.page.forbidden);
  expect(notice).toHaveTextContent('Ask one of its administrators');
  expect(notice).toHaveTextContent('"Audit log reader"');
  expect(notice).toHaveTextContent('In Grafana OSS');
});

test('a shared link opens the page only for users with the permission', () => {
  const at = `${PATHS.log}?outcome=failure`;
  show(GATEWAY, {}, at);
  expect(screen.getByTestId('address')).toHaveTextContent(`${PATHS.page}?outcome=failure`);
  cleanup();
  permissions = [];
  show(GATEWAY, {}, at);
  expect(screen.getByTestId(testIds.page.forbidden)).toBeInTheDocument();
  expect(screen.getByTestId('address')).toHaveTextContent(at);
});

test('not configured: users with the permission get a link to the configuration', () => {
  show({});
  expect(screen.getByRole('link', { name: 'Open the configuration' })).toHaveAttribute(
    'href',
    '/plugins/auditrail-auditlog-app',
  );
  expect(backend.requests).toHaveLength(0);
});

test('not configured: other users are referred to an administrator', () => {
  permissions = [PERMISSIONS.readEntries];
  show({});
  expect(screen.getByTestId(testIds.page.notConfigured)).toHaveTextContent('Ask an administrator');
  expect(screen.queryByRole('link')).not.toBeInTheDocument();
});

test('with settings of an earlier build, no request is sent, and the page asks to enter them again', () => {
  const old = { lokiUrl: 'http://gateway:8080', tenant: 'audit', collectorUrl: 'http://collector:4319' };
  show({ readToken: true, grafanaToken: true }, old);
  expect(screen.getByTestId(testIds.page.notConfigured)).toHaveTextContent(
    'Enter the connection of the audit log again',
  );
  expect(screen.getByRole('link', { name: 'Open the configuration' })).toBeVisible();
  expect(backend.requests).toHaveLength(0);
});

test('configured, it reads through the guarded route', async () => {
  backend.reply = () => ({ data: { data: { resultType: 'streams', result: [] } } });
  show(GATEWAY);
  expect(await screen.findByTestId(testIds.page.container)).toBeVisible();
  await waitFor(() =>
    expect(backend.requests.map(({ url }) => url)).toContain(
      '/api/plugin-proxy/auditrail-auditlog-app/loki/api/v1/query_range',
    ),
  );
});

test('settings that were saved after the page was loaded apply', async () => {
  rememberSaved(parseConfiguration({ jsonData: { source: 'datasource', datasourceUid: 'loki-1' } }));
  show({});
  await waitFor(() =>
    expect(backend.requests.map(({ url }) => url)).toContain('/api/datasources/uid/loki-1/resources/query_range'),
  );
});
