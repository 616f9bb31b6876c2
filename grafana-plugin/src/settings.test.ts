import fc from 'fast-check';
import {
  DEFAULT_SETTINGS,
  isConfigured,
  parseSettings,
  settingsProblems,
  tidySettings,
  type AppSettings,
} from './settings.ts';

const good: AppSettings = {
  ...DEFAULT_SETTINGS,
  lokiUrl: 'http://gateway:8080',
  collectorUrl: 'https://collector:4319/otlp',
};

test('whatever is stored becomes settings', () => {
  fc.assert(
    fc.property(fc.anything(), (stored) => {
      const settings = parseSettings(stored);
      expect(['route', 'datasource']).toContain(settings.source);
      expect(typeof settings.lokiUrl).toBe('string');
    }),
  );
  expect(parseSettings({ source: 'datasource', datasourceUid: 'x', tenant: 7 })).toEqual({
    ...DEFAULT_SETTINGS,
    source: 'datasource',
    datasourceUid: 'x',
  });
});

test('good settings have no problem', () => {
  expect(settingsProblems(good)).toEqual({});
  expect(settingsProblems({ ...DEFAULT_SETTINGS, source: 'datasource', datasourceUid: 'loki' })).toEqual({});
});

test.each([
  '',
  'gateway:8080',
  'ftp://gateway',
  'javascript:alert(1)',
  'http://user:secret@gateway',
  'http://gateway?x=1',
  'http://',
])('the gateway address "%s" is refused', (lokiUrl) => {
  expect(Object.keys(settingsProblems({ ...good, lokiUrl }))).toEqual(['lokiUrl']);
});

test.each(['', '.', '..', 'a|b', 'a/b', 'ä', 'a b', 'acme!', '.a', 'x'.repeat(65)])(
  'the tenant "%s" is refused',
  (tenant) => {
    expect(Object.keys(settingsProblems({ ...good, tenant }))).toEqual(['tenant']);
  },
);

test.each(['audit', 'Team-1_x.y', '0', 'x'.repeat(64)])('the tenant "%s" is taken', (tenant) => {
  expect(settingsProblems({ ...good, tenant })).toEqual({});
});

test('a data source must be named', () => {
  const settings: AppSettings = { ...good, source: 'datasource' };
  expect(Object.keys(settingsProblems(settings))).toEqual(['datasourceUid']);
  expect(isConfigured(settings)).toBe(false);
  expect(isConfigured({ ...settings, datasourceUid: 'x' })).toBe(true);
  expect(isConfigured(DEFAULT_SETTINGS)).toBe(false);
  expect(isConfigured(good)).toBe(true);
});

test('pasted spaces and closing slashes are taken off', () => {
  expect(tidySettings({ ...good, lokiUrl: ' http://gateway:8080// ', tenant: ' audit ' })).toMatchObject({
    lokiUrl: 'http://gateway:8080',
    tenant: 'audit',
  });
});
