import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTenant, TENANT_PATTERN } from './tenant.ts';

test.each(['audit', 'acme-1', 'A.b_c', '0', 'x'.repeat(64)])('%s is a tenant', (text) => {
  expect(isTenant(text)).toBe(true);
});

test.each([
  '',
  '.',
  '..',
  '.a',
  '-a',
  '_a',
  'acme!',
  "a'b",
  'a(b)',
  'a*',
  'a|b',
  'a b',
  'a/b',
  'a\n',
  'ä',
  'x'.repeat(65),
])('%j is not', (text) => {
  expect(isTenant(text)).toBe(false);
});

test('the collector takes the same tenants', () => {
  const config = readFileSync(join(import.meta.dirname, '../../collector-config/collector.yaml'), 'utf8');
  const patterns = [...config.matchAll(/IsMatch\(otelcol\.client\.metadata\["x-scope-orgid"\]\[0\], "([^"]*)"\)/g)];
  expect(patterns.map(([, pattern]) => pattern?.replace('$$', '$'))).toEqual([TENANT_PATTERN]);
});

test('the gateway lets the same tenants through', () => {
  const template = join(import.meta.dirname, '../../provisioning/gateway/default.conf.template');
  // The tenant is the first part of a token's user.
  const patterns = [...readFileSync(template, 'utf8').matchAll(/"~\^\(\?<auditrail_user_tenant>([^)]*)\)\//g)];
  expect(patterns.map(([, pattern]) => `^${pattern}$`)).toEqual([TENANT_PATTERN]);
});
