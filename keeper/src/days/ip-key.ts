import { isIPv4, isIPv6 } from 'node:net';

// Only a text that is an address as a whole is compared with networks, as in core/src/query/logql-condition.ts.
const LIKE_V4 = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/;
const LIKE_V6 = /^(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F.]*(?:%[^\n]+)?$/;
// Loki looks for an address from the first position that looks like the beginning of one.
const V6_BEGIN = /(?=.{5})(?:::[0-9a-fA-F]|[0-9a-fA-F]{1,4}:)/s;

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

/**
 * An address as a text whose order is that of addresses: `4` and 8 hexadecimal digits, or `6` and 32. Missing for what
 * Loki's ip() does not recognize, such as an IPv6 address of fewer than five characters.
 *
 * @example ipKey('10.0.0.1') // '40a000001'
 */
export function ipKey(text: string): string | undefined {
  if (LIKE_V4.test(text)) return isIPv4(text) ? addressKey(text) : undefined;
  if (!text.includes(':') || !LIKE_V6.test(text)) return undefined;
  const begin = V6_BEGIN.exec(text)?.index;
  const address = begin === undefined ? '' : text.slice(begin).replace(/%.*$/s, '');
  return isIPv6(address) ? addressKey(address) : undefined;
}

/** The least and the greatest {@link ipKey} of an address or of a network in CIDR notation. */
export function ipKeyRange(value: string): [string, string] {
  const [base = '', length] = value.split('/');
  const key = addressKey(base);
  const digits = key.slice(1);
  const most = digits.length * 4;
  const free = BigInt(most - Number(length ?? most));
  const first = (BigInt(`0x${digits}`) >> free) << free;
  const last = first | ((1n << free) - 1n);
  const text = (address: bigint) => key.charAt(0) + address.toString(16).padStart(digits.length, '0');
  return [text(first), text(last)];
}

function v4Key(address: string): string {
  return address
    .split('.')
    .map((part) => hex(Number(part), 2))
    .join('');
}

function addressKey(address: string): string {
  if (!address.includes(':')) return `4${v4Key(address)}`;
  const [head = '', tail] = address.split('::').map((part) => part.split(':').filter(Boolean).map(groupKey).join(''));
  return `6${tail === undefined ? head : head.padEnd(32 - tail.length, '0') + tail}`;
}

const groupKey = (group: string) => (group.includes('.') ? v4Key(group) : group.toLowerCase().padStart(4, '0'));
