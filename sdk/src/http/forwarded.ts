import { isIP, SocketAddress } from 'node:net';

/** The header that the proxy writes. Only this one is read, because a proxy passes the other on as the client sent it. */
export type ProxyHeader = 'x-forwarded-for' | 'forwarded';

// More proxies than any deployment has, and more text than an address with its parameters can have.
const MAX_ELEMENTS = 100;
const MAX_ELEMENT_LENGTH = 512;

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PAIR = new RegExp(`\\s*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)"))?\\s*(;|$)`, 'y');

/**
 * An address in canonical form, without brackets, port and zone. An IPv4-mapped IPv6 address becomes IPv4.
 *
 * @returns `undefined` if the text is not an address, such as `unknown` or `_hidden`
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

// RFC 7239: `for=192.0.2.60;proto=http`. Values may be quoted; a quoted value may contain `;` and `,`.
function forOf(element: string): string | undefined {
  let found: string | undefined;
  PAIR.lastIndex = 0;
  for (let more = true; more;) {
    const pair = PAIR.exec(element);
    if (!pair) return undefined;
    const [, name, token, quoted, separator] = pair;
    if (name?.toLowerCase() === 'for') found = token ?? quoted?.replace(/\\(.)/g, '$1');
    more = separator === ';';
  }
  return found;
}

// The index of the quote that opens the text that ends at `end`, or -1. A quote after a backslash belongs to the text.
function openingQuote(header: string, end: number): number {
  const first = Math.max(0, end - MAX_ELEMENT_LENGTH);
  for (let at = end - 1; at >= first; at--) {
    if (header[at] !== '"') continue;
    let slashes = 0;
    while (at - slashes > first && header[at - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}

/**
 * The index of the comma before the element that ends at `end`; -1 for the first element. Reads from the right: the proxy
 * always closes its quotes, so an unpaired quote comes from the client and must not swallow text that the proxy added.
 */
function commaBefore(header: string, end: number, quotes: boolean): number {
  let at = end - 1;
  for (; at >= 0 && end - at <= MAX_ELEMENT_LENGTH && header[at] !== ','; at--) {
    if (!quotes || header[at] !== '"') continue;
    const opening = openingQuote(header, at);
    if (opening >= 0) at = opening;
  }
  return at;
}

/**
 * The addresses of a proxy header, nearest first. Reads from the right, one element at a time, because text to the left of
 * an element is older than it and must not change how it is read. Stops at the first element that is not an address.
 */
export function* addressesFromRight(header: string, kind: ProxyHeader): Generator<string, void> {
  let end = header.length;
  for (let count = 0; count < MAX_ELEMENTS && end >= 0; count++) {
    const comma = commaBefore(header, end, kind === 'forwarded');
    if (end - comma > MAX_ELEMENT_LENGTH) return;
    const element = header.slice(comma + 1, end).trim();
    end = comma;
    // RFC 9110 allows empty list elements.
    if (element === '') continue;
    const text = kind === 'forwarded' ? forOf(element) : element;
    const address = text === undefined ? undefined : parseAddress(text);
    if (address === undefined) return;
    yield address;
  }
}
