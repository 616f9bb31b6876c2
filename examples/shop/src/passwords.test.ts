import { CHEAP, hashPassword, verifyPassword } from './passwords.ts';

describe('passwords', () => {
  it('are salted, and can be verified at any cost', async () => {
    const [one, two, strong] = await Promise.all([
      hashPassword('pässword', CHEAP),
      hashPassword('pässword', CHEAP),
      hashPassword('pässword'),
    ]);
    expect(one).not.toBe(two);
    expect(strong).toMatch(/^32768\$8\$3\$/);
    expect(await verifyPassword('pässword', one)).toBe(true);
    expect(await verifyPassword('pa\u0308ssword', strong)).toBe(true);
    expect(await verifyPassword('Pässword', one)).toBe(false);
    expect(await verifyPassword('', undefined)).toBe(false);
  });
});
