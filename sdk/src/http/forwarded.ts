import { isIP, SocketAddress } from 'node:net';

/** Which header the proxy writes: exactly one is read, since a proxy passes the other on as the client sent it. */
export type ProxyHeader = 'x-forwarded-for' | 'forwarded';

// More proxies than anybody has; an element longer than any address with its parameters is none.
const MAX_ELEMENTS = 100;
const MAX_ELEMENT_LENGTH = 512;

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PAIR = new RegExp(`\\s*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)"))?\\s*(;|$)`, 'y');

/**
 * An address in its one usual form, without brackets, port and zone; an IPv4-mapped IPv6 address is IPv4.
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

// RFC 7239: `for=192.0.2.60;proto=http`, values bare or quoted; a quoted one may hold `;` and `,`.
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

// Where the quoted text that ends at `end` begins; -1 if it does not. A quote behind a backslash is in the text.
function openingQuote(header: string, end: number): number {
  for (let at = header.lastIndexOf('"', end - 1); at >= 0 && end - at <= MAX_ELEMENT_LENGTH;) {
    let slashes = 0;
    while (header[at - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return at;
    at = at === 0 ? -1 : header.lastIndexOf('"', at - 1);
  }
  return -1;
}

/**
 * The comma before the element that ends at `end`, -1 at the beginning. Read from the right: the proxy closed its quotes, so
 * a quote that does not open is the client's, and cannot take in what came after it.
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
 * The addresses of a proxy header, nearest first. From the right, one at a time: what stands left of an element was there
 * before its proxy wrote, and cannot change how it is read. Ends at the first element that is no address.
 */
export function* addressesFromRight(header: string, kind: ProxyHeader): Generator<string, void> {
  let end = header.length;
  for (let count = 0; count < MAX_ELEMENTS && end >= 0; count++) {
    const comma = commaBefore(header, end, kind === 'forwarded');
    if (end - comma > MAX_ELEMENT_LENGTH) return;
    const element = header.slice(comma + 1, end).trim();
    end = comma;
    // A list may have empty elements, as at a comma that ends it.
    if (element === '') continue;
    const text = kind === 'forwarded' ? forOf(element) : element;
    const address = text === undefined ? undefined : parseAddress(text);
    if (address === undefined) return;
    yield address;
  }
}
