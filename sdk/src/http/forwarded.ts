import { isIP, SocketAddress } from 'node:net';

/** Which header the proxy writes: exactly one is read, since a proxy passes the other on as the client sent it. */
export type ProxyHeader = 'x-forwarded-for' | 'forwarded';

// More proxies than anybody has; an element longer than any address with its parameters is none.
const MAX_ELEMENTS = 100;
const MAX_ELEMENT_LENGTH = 512;

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PAIR = new RegExp(`^\\s*(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)")\\s*$`);

/**
 * An address in its one usual form, without brackets, port and zone; an IPv4 address in IPv6 clothes is IPv4.
 *
 * @returns `undefined` where the text is no address, such as `unknown` or `_hidden`
 * @example parseAddress('[2001:DB8::0:1]:443') // '2001:db8::1'
 */
export function parseAddress(text: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\w+)?$/.exec(text)?.[1] ?? /^([\d.]+):\w+$/.exec(text)?.[1] ?? text;
  const version = isIP(bare);
  if (version === 0) return undefined;
  if (version === 4) return bare;
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' });
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
}

// RFC 7239: `for=192.0.2.60;proto=http`, values bare or quoted.
function forOf(element: string): string | undefined {
  let found: string | undefined;
  for (const part of element.split(';')) {
    const [, name = '', token, quoted] = PAIR.exec(part) ?? [];
    if (name === '') return undefined;
    if (name.toLowerCase() === 'for') found = token ?? quoted;
  }
  return found;
}

/**
 * The addresses of a proxy header, nearest first. From the right, one at a time: what stands left of an element was there
 * before its proxy wrote, and cannot change how it is read. Ends at the first element that is no address.
 */
export function* addressesFromRight(header: string, kind: ProxyHeader): Generator<string, void> {
  let end = header.length;
  for (let count = 0; count < MAX_ELEMENTS && end >= 0; count++) {
    const comma = end === 0 ? -1 : header.lastIndexOf(',', end - 1);
    if (end - comma > MAX_ELEMENT_LENGTH) return;
    const element = header.slice(comma + 1, end).trim();
    const text = kind === 'forwarded' ? forOf(element) : element;
    const address = text === undefined ? undefined : parseAddress(text);
    if (address === undefined) return;
    yield address;
    end = comma;
  }
}
