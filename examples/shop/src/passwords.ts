import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

interface Cost {
  N: number;
  r: number;
  p: number;
}

/** What OWASP recommends for scrypt; 32 MB and some 0.2 s for a check. */
const STRONG: Cost = { N: 2 ** 15, r: 8, p: 3 };
/** For passwords that everybody knows anyway: those of a demo. */
export const CHEAP: Cost = { N: 2 ** 12, r: 8, p: 1 };

function derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { ...cost, maxmem: 256 * cost.N * cost.r };
    // NFKC: the same password typed on another keyboard may be other code points.
    scrypt(password.normalize('NFKC'), salt, 32, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

/** `N$r$p$salt$key`: a check needs no knowledge of today's cost. */
export async function hashPassword(password: string, cost = STRONG): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, cost);
  return [cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Without a stored hash (no such account) it takes as long and is false: the time tells nobody which accounts exist. */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [N, r, p, salt = '', key = ''] = (stored ?? `${STRONG.N}$${STRONG.r}$${STRONG.p}$$`).split('$');
  const wanted = Buffer.from(key, 'base64url');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const given = await derive(password, Buffer.from(salt, 'base64url'), cost);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}
