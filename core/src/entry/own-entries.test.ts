import { DOWNLOAD_ENTRY_SHAPE, downloadEntryShape } from '../testing/shape-of.ts';
import { completeEntry } from './entry.ts';
import { exportEntry, revealEntry, settingsEntry } from './own-entries.ts';

const stamp = { id: '01936b1e-7c00-7000-8000-000000000001', time: '2026-11-21T06:18:19Z', service: 'test' };
const by = { actor: { type: 'user' as const, id: '7', name: 'Ada' }, authContext: 'grafana' };
const what = {
  id: 'e1',
  name: 'Q3',
  formats: ['ndjson', 'csv'],
  query: { filters: [{ field: 'action' as const, operator: 'is' as const, values: ['user.login'] }], search: 'x' },
  range: { start: 0n, end: 1n },
};
const file = (format: string, rows: number) => ({ name: `q3.${format}`, format, rows, bytes: 9, sha256: 'ab' });

test('an export is described by what was asked for, and by its files once they are complete', () => {
  const { properties } = exportEntry('created', what);
  expect(properties).toEqual({
    formats: ['ndjson', 'csv'],
    range: { from: '1970-01-01T00:00:00.000000000Z', to: '1970-01-01T00:00:00.000000001Z' },
    filters: what.query.filters,
    search: 'x',
  });
  const files = [file('ndjson', 3), file('csv', 2)];
  const downloaded = { ...exportEntry('downloaded', { ...what, files }), ...by };
  expect(downloaded.properties).toEqual({ ...properties, rows: 3, files });
  expect(downloadEntryShape(downloaded)).toEqual(DOWNLOAD_ENTRY_SHAPE);
  expect(completeEntry(downloaded, stamp)).toMatchObject({ action: 'audit.export.downloaded', event: 'downloaded' });
});

test('a failed export has an error, so its outcome is failure', () => {
  const failed = exportEntry('failed', { ...what, error: { code: 'LOKI_REFUSED', message: 'no' } });
  expect(completeEntry({ ...failed, ...by }, stamp)).toMatchObject({ outcome: 'failure', error: { message: 'no' } });
});

test('a reveal has a reason, and either an entry or an end', () => {
  const until = new Date(0);
  const [one, all] = [
    revealEntry({ reason: ' Case 7 ', view: '?tab=user', entryId: stamp.id }),
    revealEntry({ reason: 'Case 7', view: '', until }),
  ];
  expect(completeEntry({ ...one, ...by }, stamp)).toMatchObject({
    action: 'audit.personal_data.revealed',
    target: { type: 'audit_entry', id: stamp.id },
    properties: { reason: 'Case 7', view: 'tab=user' },
  });
  expect(all).not.toHaveProperty('target');
  expect(all.properties).toEqual({ reason: 'Case 7', view: '', until: until.toISOString() });
});

test('changed settings are listed before and after', () => {
  const changes = [{ path: 'source', before: 'route', after: 'datasource' }];
  const entry = settingsEntry({ settings: { source: 'datasource' }, changes, gatewayChanged: false });
  expect(completeEntry({ ...entry, ...by }, stamp)).toMatchObject({
    target: { type: 'audit_settings', name: 'Auditrail' },
    changes,
    properties: { source: 'datasource', gatewayChanged: false },
  });
  expect(settingsEntry({ settings: {}, changes: [], gatewayChanged: true })).not.toHaveProperty('changes');
});
