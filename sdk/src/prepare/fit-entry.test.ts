import { canonicalJson, completeEntry, LIMITS, parseEntry, utf8Bytes, type AuditEntryInput } from '@auditrail/core';
import { cutMark, cutText, sha256 } from './cut.ts';
import { fitEntry, FULL } from './fit-entry.ts';

const stamp = {
  id: '019a8f3e-7a10-7000-8000-000000000001',
  time: '2026-11-21T06:18:19Z',
  service: 'shop',
  chain: { stream: 's', seq: 1, prev: null },
};
const login: AuditEntryInput = { action: 'user.login', description: 'Ada', actor: { type: 'user', id: '42' } };

function fit(input: AuditEntryInput) {
  const entry = completeEntry(input, stamp);
  const fitted = fitEntry(entry);
  expect(utf8Bytes(fitted.line)).toBeLessThanOrEqual(LIMITS.lineBytes);
  expect(fitted.line).toBe(canonicalJson(fitted.entry));
  expect(parseEntry(fitted.line)).toEqual(JSON.parse(fitted.line));
  expect(fitEntry(completeEntry(input, stamp)).line).toBe(fitted.line);
  const whole = canonicalJson(entry);
  return { ...fitted, whole, full: { bytes: utf8Bytes(whole), sha256: sha256(whole) } };
}

test('an entry that fits stays as it is', () => {
  const { line, whole } = fit({ ...login, properties: { a: 'é'.repeat(400_000) } });
  expect(line).toBe(whole);
});

test('the largest members of properties are cut first, and only as many as necessary', () => {
  const list = Array.from({ length: 300_000 }, () => 1);
  const { entry, full } = fit({
    ...login,
    properties: { small: 1, text: 'x'.repeat(500_000), list, kept: 'y'.repeat(200_000) },
    changes: [{ path: 'a', before: 'z'.repeat(1_000) }],
  });
  expect(entry.properties).toEqual({
    small: 1,
    text: 'x'.repeat(500_000),
    list: cutMark(list),
    kept: 'y'.repeat(200_000),
    [FULL]: full,
  });
  expect(entry.changes?.[0]?.before).toHaveLength(1_000);
});

test('then changes, then texts', () => {
  const long = 'x'.repeat(600_000);
  const { entry, full } = fit({
    ...login,
    description: `Ada ${'d'.repeat(950_000)}`,
    properties: { long },
    changes: [{ path: 'a', before: long, after: 1 }],
  });
  expect(entry).toMatchObject({
    action: 'user.login',
    description: cutText(`Ada ${'d'.repeat(950_000)}`, 512),
    properties: { long: cutText(long, 512), [FULL]: full },
    changes: [{ path: 'a', before: cutText(long, 512), after: 1 }],
  });
});

test('more changes or properties than fit become their number', () => {
  const changes = Array.from({ length: 40_000 }, (_, i) => ({ path: `member${i}`, before: i, after: 'a' }));
  const properties = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`some-longer-name-${i}`, i]));
  const { entry, full } = fit({ ...login, changes, properties });
  expect(entry.changes).toEqual([{ path: '[more]', before: cutMark(changes), after: 40_000 }]);
  expect(entry.properties).toEqual({ [FULL]: full, '[more]': 60_000 });
});

test('every text in its worst case', () => {
  const worst = '\u0001'.repeat(100_000);
  fit({
    ...login,
    description: worst,
    error: { code: worst, message: worst },
    actor: {
      type: 'user',
      id: worst,
      name: worst,
      email: worst,
      groups: Array<string>(LIMITS.groups).fill(worst.slice(0, LIMITS.groupBytes)),
    },
    authContext: worst,
    source: { ip: worst, userAgent: worst, sessionId: worst, deviceId: worst },
    target: { type: worst, id: worst, name: worst },
    scope: Object.fromEntries(Array.from({ length: LIMITS.scopeNames }, (_, i) => [`s${i}`, worst])),
    request: { method: worst, endpoint: worst, operation: worst },
    properties: { [worst]: worst },
    changes: [{ path: worst, before: worst, after: { [worst]: worst } }],
  });
});
