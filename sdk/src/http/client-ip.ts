import { BlockList, isIP } from 'node:net';
import { addressesFromRight, parseAddress, type ProxyHeader } from './forwarded.ts';

/**
 * The proxies that are trusted to report the client's address:
 *
 * | value | trusted proxies |
 * | --- | --- |
 * | `false` (default) | none: the client is the peer of the connection |
 * | list | proxies with these addresses: CIDR ranges, addresses, `loopback`, `linklocal`, `uniquelocal` |
 * | number | this many proxies, whatever their addresses. Only safe if the app cannot be reached without them: a client that bypasses them can forge its address |
 */
export type TrustProxy = false | number | readonly string[];

export interface ClientIpOptions {
  /** Default: `false`. */
  trustProxy?: TrustProxy | undefined;
  /** The header that these proxies write. Default: `x-forwarded-for`. */
  proxyHeader?: ProxyHeader | undefined;
}

export interface Client {
  /** Canonical address without port; `undefined` if the connection has none (a Unix socket, or already closed). */
  ip: string | undefined;
  /** Whether the peer of the connection is a trusted proxy. */
  behindProxy: boolean;
}

const RANGES: Record<string, readonly string[]> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

function addRange(list: BlockList, range: string): void {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(range) ?? [];
  const bits = isIP(address) === 6 ? 128 : 32;
  const length = prefix === undefined ? bits : Number(prefix);
  if (isIP(address) === 0 || length > bits) {
    const names = Object.keys(RANGES).join(', ');
    throw new TypeError(`trustProxy: "${range}" is not an address, a CIDR range or one of ${names}`);
  }
  if (length === 0) {
    throw new TypeError(`trustProxy: "${range}" trusts every address; list the addresses of your proxies`);
  }
  list.addSubnet(address, length, family(address));
}

// Returns a function that decides if the address at position `hop` (0 is the peer) is a trusted proxy.
function trustOf(trustProxy: TrustProxy): (address: string | undefined, hop: number) => boolean {
  if (trustProxy === false) return () => false;
  if (typeof trustProxy === 'number') {
    if (!Number.isInteger(trustProxy) || trustProxy < 0) {
      throw new TypeError(`trustProxy: ${trustProxy} is not a number of proxies; use 0, 1, 2, …`);
    }
    return (_, hop) => hop < trustProxy;
  }
  // JavaScript callers may pass `true`, as in Express.
  if (!Array.isArray(trustProxy)) throw new TypeError('trustProxy: use false, a number of proxies or a list');
  const list = new BlockList();
  for (const range of trustProxy.flatMap((name: string) => RANGES[name] ?? [name])) addRange(list, range);
  return (address) => address !== undefined && list.check(address, family(address));
}

/**
 * Returns a function that finds a request's client: the nearest address that is not a trusted proxy. If an element of the
 * header is not an address, the client is the proxy that passed it on.
 *
 * @throws TypeError if `trustProxy` is invalid
 * @example
 * const clientOf = clientReader({ trustProxy: ['10.0.0.0/8'] });
 * clientOf('10.0.0.2', '192.0.2.7, 10.0.0.9').ip // '192.0.2.7'
 */
export function clientReader(
  options: ClientIpOptions = {},
): (peer: string | undefined, header: string | undefined) => Client {
  const { trustProxy = false, proxyHeader = 'x-forwarded-for' } = options;
  const isTrusted = trustOf(trustProxy);
  return (peer, header) => {
    let ip = peer === undefined ? undefined : parseAddress(peer);
    const behindProxy = isTrusted(ip, 0);
    if (!behindProxy || header === undefined) return { ip, behindProxy };
    let hop = 0;
    for (const address of addressesFromRight(header, proxyHeader)) {
      ip = address;
      if (!isTrusted(ip, ++hop)) break;
    }
    return { ip, behindProxy };
  };
}
