import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

interface Cost {
  N: number;
  r: number;
  p: number;
}

/** OWASP's recommendation for scrypt; a check takes 32 MB and about 0.2 s. */
const STRONG: Cost = { N: 2 ** 15, r: 8, p: 3 };
/** For public passwords of demos. */
export const CHEAP: Cost = { N: 2 ** 12, r: 8, p: 1 };

function derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { ...cost, maxmem: 256 * cost.N * cost.r };
    // NFKC: keyboards may produce different code points for the same character.
    scrypt(password.normalize('NFKC'), salt, 32, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

/** @returns `N$r$p$salt$key`, so that old hashes can be verified after the cost changes */
export async function hashPassword(password: string, cost = STRONG): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, cost);
  return [cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Takes the same time if there is no stored hash, so that the time does not reveal which accounts exist. */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [N, r, p, salt = '', key = ''] = (stored ?? `${STRONG.N}$${STRONG.r}$${STRONG.p}$$`).split('$');
  const expected = Buffer.from(key, 'base64url');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const actual = await derive(password, Buffer.from(salt, 'base64url'), cost);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}
