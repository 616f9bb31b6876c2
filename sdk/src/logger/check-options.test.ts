import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkOptions } from './check-options.ts';
import { createAuditLogger } from './audit-logger.ts';
import type { AuditLoggerOptions } from './options.ts';

const good = { service: 'shop', spool: '/nowhere' };
const check = (options: object | undefined) => () => checkOptions(options as AuditLoggerOptions);

test('valid options pass', () => {
  const more = { tenant: 'acme-1', wait: 'delivered', onFailure: 'report', spoolMaxBytes: Infinity, timeoutMs: 1 };
  expect(check({ ...good, ...more, headers: { 'x-a': 'b' }, token: 't' })).not.toThrow();
  expect(check({ ...good, service: '日'.repeat(42) })).not.toThrow();
  expect(check({ ...good, tenant: undefined, wait: undefined, token: () => 't' })).not.toThrow();
});

test.each([
  ['service', undefined, /service.*missing/],
  ['service', { spool: 'x' }, /service.*missing/],
  ['service', { ...good, service: '' }, /service/],
  ['service', { ...good, service: 5 }, /service/],
  ['service', { ...good, service: 's'.repeat(129) }, /service.*at most 128 bytes/],
  ['service', { ...good, service: '日'.repeat(43) }, /service.*at most 128 bytes/],
  ['spool', { service: 'shop' }, /spool.*missing/],
  ['spool', { ...good, spool: '' }, /spool/],
  ['tenant', { ...good, tenant: 'a|b' }, /tenant.*"a\|b"/],
  ['tenant', { ...good, tenant: '' }, /tenant/],
  ['tenant', { ...good, tenant: 'acme!' }, /tenant.*"acme!".*1 to 64 letters/],
  ['tenant', { ...good, tenant: 'x'.repeat(65) }, /tenant/],
  ['wait', { ...good, wait: 'deliverd' }, /wait.*spooled, delivered, none/],
  ['onFailure', { ...good, onFailure: 'ignore' }, /onFailure.*reject, report/],
  ['deliveryTimeoutMs', { ...good, deliveryTimeoutMs: '5s' }, /deliveryTimeoutMs/],
  ['spoolMaxBytes', { ...good, spoolMaxBytes: NaN }, /spoolMaxBytes.*NaN/],
  ['spoolMaxBytes', { ...good, spoolMaxBytes: '1GB' }, /spoolMaxBytes/],
  ['timeoutMs', { ...good, timeoutMs: Infinity }, /timeoutMs/],
  ['maxBackoffMs', { ...good, maxBackoffMs: -5 }, /maxBackoffMs/],
  ['headers', { ...good, headers: { 'no header': 'x' } }, /no header/],
])('%s is reported: %j', (_, options, message) => {
  expect(check(options)).toThrow(TypeError);
  expect(check(options)).toThrow(message);
});

test('a token with the line break of its file is reported, and is not in the message', () => {
  expect(check({ ...good, token: 's3cret\n' })).toThrow(/token.*line break/);
  expect(check({ ...good, token: 's3cret\n' })).not.toThrow(/s3cret/);
});

test('a logger is not created with them, and leaves no folder', () => {
  const spool = join(tmpdir(), `never-${process.pid}`);
  expect(() => createAuditLogger({ service: '', spool })).toThrow(TypeError);
  expect(existsSync(spool)).toBe(false);
});
