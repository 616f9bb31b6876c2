import { ipKey } from '../days/ip-key.ts';

/**
 * The network of an address: its autonomous system if the entry states it, else its /16 (IPv4) or /48 (IPv6).
 *
 * @example networkOf('203.0.113.7') // '203.0.0.0/16'
 */
export function networkOf(ip: string | undefined, asn?: string): string | undefined {
  const number = /^(?:AS)?([1-9]\d{0,9})$/i.exec(asn ?? '')?.[1];
  if (number) return `AS${number}`;
  const key = ipKey(ip ?? '');
  if (key === undefined) return undefined;
  const digits = key.slice(1);
  // An IPv4-mapped address is that of IPv4.
  const v4 = key.startsWith('4') ? digits : /^0{20}ffff(.{8})$/.exec(digits)?.[1];
  if (v4 !== undefined) return `${byte(v4, 0)}.${byte(v4, 1)}.0.0/16`;
  const groups = [0, 4, 8].map((at) => Number.parseInt(digits.slice(at, at + 4), 16).toString(16));
  return `${groups.join(':')}::/48`;
}

const byte = (hex: string, at: number) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16);
