import { BlockList, isIP } from 'node:net';
import { addressesFromRight, parseAddress, type ProxyHeader } from './forwarded.ts';

/**
 * Whose word about the client's address is believed:
 *
 * | value | believed |
 * | --- | --- |
 * | `false` (default) | nobody: the client is the peer of the connection |
 * | list | proxies with these addresses: CIDR ranges, addresses, `loopback`, `linklocal`, `uniquelocal` |
 * | number | so many proxies, whatever their addresses. Only where nobody can reach the app past them: who does, chooses his address |
 */
export type TrustProxy = false | number | readonly string[];

export interface ClientIpOptions {
  /** Default `false`. */
  trustProxy?: TrustProxy | undefined;
  /** The header that these proxies write. Default `x-forwarded-for`. */
  proxyHeader?: ProxyHeader | undefined;
}

export interface Client {
  /** Canonical address, without port; `undefined` where the connection has none (a Unix socket, already closed). */
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
    throw new TypeError(`trustProxy: "${range}" is no address, CIDR range or one of ${Object.keys(RANGES).join(', ')}`);
  }
  if (length === 0) {
    throw new TypeError(`trustProxy: "${range}" is everybody; name the addresses of your proxies`);
  }
  list.addSubnet(address, length, family(address));
}

// Tells whether the address in place `hop` (0 is the peer) is a proxy of ours.
function trustOf(trustProxy: TrustProxy): (address: string | undefined, hop: number) => boolean {
  if (trustProxy === false) return () => false;
  if (typeof trustProxy === 'number') {
    if (!Number.isInteger(trustProxy) || trustProxy < 0) {
      throw new TypeError(`trustProxy: ${trustProxy} is no number of proxies; give 0, 1, 2, …`);
    }
    return (_, hop) => hop < trustProxy;
  }
  // From JavaScript, `true` comes along too.
  if (!Array.isArray(trustProxy)) throw new TypeError('trustProxy: give false, a number of proxies or a list');
  const list = new BlockList();
  for (const range of trustProxy.flatMap((name: string) => RANGES[name] ?? [name])) addRange(list, range);
  return (address) => address !== undefined && list.check(address, family(address));
}

/**
 * Makes the function that finds a request's client: the nearest address that is not a trusted proxy. An element of the
 * header that is no address ends the search at the proxy that passed it on.
 *
 * @throws TypeError where `trustProxy` is none of its values
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
