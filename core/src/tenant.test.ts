import { isTenant } from './tenant.ts';

test.each(['audit', 'acme-1', "a!b_c.d*'()", 'x'.repeat(150)])('%s is a tenant', (text) => {
  expect(isTenant(text)).toBe(true);
});

test.each(['', '.', '..', 'a|b', 'a b', 'a/b', 'ä', 'x'.repeat(151)])('%j is none', (text) => {
  expect(isTenant(text)).toBe(false);
});
