import fc from 'fast-check';
import {
  currentConfiguration,
  DEFAULT_SETTINGS,
  isConfigured,
  isOutdated,
  parseConfiguration,
  parseSettings,
  rememberSaved,
  settingsProblems,
  type AppSettings,
} from './settings.ts';

test('any stored data becomes valid settings', () => {
  const names = Object.keys(DEFAULT_SETTINGS).sort();
  const words = fc.constantFrom('route', 'datasource', 'drilldown', 'explore', '24h', 'today', 'x', '', 'true');
  const value = fc.oneof(words, fc.boolean(), fc.anything());
  const known = fc.dictionary(fc.constantFrom(...names, '__proto__', 'lokiUrl'), value);
  fc.assert(
    fc.property(fc.oneof({ weight: 4, arbitrary: known }, { weight: 1, arbitrary: fc.anything() }), (stored) => {
      const settings = parseSettings(stored);
      expect(['route', 'datasource']).toContain(settings.source);
      expect(['explore', 'drilldown']).toContain(settings.tracesTarget);
      expect(['today', '24h']).toContain(settings.defaultRange);
      for (const [name, by] of Object.entries(DEFAULT_SETTINGS)) {
        expect(typeof settings[name as keyof AppSettings]).toBe(typeof by);
      }
      expect(Object.keys(settings).sort()).toEqual(names);
      // What was read once stays what it is.
      expect(parseSettings(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
    }),
  );
  expect(parseSettings({ source: 'datasource', datasourceUid: 'x', backgroundExports: 'yes' })).toEqual({
    ...DEFAULT_SETTINGS,
    source: 'datasource',
    datasourceUid: 'x',
  });
  expect(parseSettings({ backgroundExports: true }).backgroundExports).toBe(true);
});

test('an address or tenant of an earlier build is not used, but listed', () => {
  const stored = { jsonData: { lokiUrl: 'http://gateway:8080', tenant: 'audit', keeperUrl: '', defaultRange: '24h' } };
  const configuration = parseConfiguration({ ...stored, secureJsonFields: { readToken: true, keeperToken: false } });
  expect(configuration.settings).toEqual({ ...DEFAULT_SETTINGS, defaultRange: '24h' });
  expect(configuration.old).toEqual({ settings: ['lokiUrl', 'tenant'], secrets: ['readToken'] });
  expect(isOutdated(configuration)).toBe(true);
  expect(isConfigured(configuration)).toBe(false);
});

test('the route requires the stored gateway, a data source its UID', () => {
  expect(isConfigured(parseConfiguration({}))).toBe(false);
  expect(isConfigured(parseConfiguration({ secureJsonFields: { gateway: true } }))).toBe(true);
  const settings: AppSettings = { ...DEFAULT_SETTINGS, source: 'datasource' };
  expect(Object.keys(settingsProblems(settings))).toEqual(['datasourceUid']);
  expect(isConfigured({ settings, hasGateway: true })).toBe(false);
  const named = { ...settings, datasourceUid: 'x' };
  expect(settingsProblems(named)).toEqual({});
  expect(isConfigured({ settings: named, hasGateway: false })).toBe(true);
  expect(settingsProblems(DEFAULT_SETTINGS)).toEqual({});
});

test('settings saved after page load apply', () => {
  const saved = parseConfiguration({ secureJsonFields: { gateway: true } });
  rememberSaved(saved);
  expect(currentConfiguration({ jsonData: { source: 'datasource' } })).toBe(saved);
  rememberSaved(undefined);
  expect(currentConfiguration()).toEqual(parseConfiguration({}));
});
