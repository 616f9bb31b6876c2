import fc from 'fast-check';
import { isIP } from 'node:net';
import { clientReader, type TrustProxy } from './client-ip.ts';
import { addressesFromRight, parseAddress } from './forwarded.ts';

const client = (trustProxy: TrustProxy, peer: string | undefined, header?: string) =>
  clientReader({ trustProxy })(peer, header).ip;

const PROXY = '10.0.0.1';
const trusted = ['10.0.0.0/8', 'loopback'];

test('without trusted proxies the header is ignored', () => {
  expect(client(false, '192.0.2.1', '1.1.1.1')).toBe('192.0.2.1');
  expect(client(trusted, '192.0.2.1', '1.1.1.1')).toBe('192.0.2.1');
  expect(client(0, '192.0.2.1', '1.1.1.1')).toBe('192.0.2.1');
  expect(client([], '127.0.0.1', '1.1.1.1')).toBe('127.0.0.1');
});

test.each([
  ['the address that the proxy added', '192.0.2.7', '192.0.2.7'],
  ['not the address that the client sent', '1.1.1.1, 192.0.2.7', '192.0.2.7'],
  ['through two of our proxies', '1.1.1.1, 192.0.2.7, 10.9.9.9', '192.0.2.7'],
  ['a client who pretends to be our proxy', '1.1.1.1, 10.2.2.2, 192.0.2.7', '192.0.2.7'],
  ['only trusted proxies: the furthest', '10.3.3.3, 10.2.2.2', '10.3.3.3'],
  ['an empty header', '', PROXY],
  ['not an address', 'unknown', PROXY],
  ['not an address, before a trusted proxy', '1.1.1.1, nonsense, 10.2.2.2', '10.2.2.2'],
  ['an octal address', '010.0.0.1', PROXY],
  ['a number', '2130706433', PROXY],
  ['a trailing comma', '192.0.2.7,', '192.0.2.7'],
  ['empty elements', '1.1.1.1,,192.0.2.7, ,', '192.0.2.7'],
  ['with a port', '192.0.2.7:4711', '192.0.2.7'],
  ['IPv6', '2001:DB8:0:0::7', '2001:db8::7'],
  ['IPv6 with brackets and port', '[2001:db8::7]:443', '2001:db8::7'],
  ['IPv4-mapped IPv6', '::ffff:192.0.2.7', '192.0.2.7'],
  ['IPv4-mapped IPv6 in hex', '::ffff:c000:207', '192.0.2.7'],
  ['a trusted proxy as IPv4-mapped IPv6', '192.0.2.7, ::ffff:10.2.2.2', '192.0.2.7'],
  ['a new line', '192.0.2.7\n1.1.1.1', PROXY],
  ['an address with a script', '192.0.2.7<script>', PROXY],
])('X-Forwarded-For: %s', (_, header, expected) => {
  expect(client(trusted, PROXY, header)).toBe(expected);
});

test('the peer may be IPv4-mapped IPv6, as on a dual-stack socket', () => {
  expect(client(trusted, '::ffff:10.0.0.1', '192.0.2.7')).toBe('192.0.2.7');
  expect(client(false, '::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(client(['fe80::/10'], 'fe80::1%eth0', '192.0.2.7')).toBe('192.0.2.7');
});

test('a number of proxies counts from the right', () => {
  expect(client(1, PROXY, '1.1.1.1, 192.0.2.7')).toBe('192.0.2.7');
  expect(client(2, PROXY, '1.1.1.1, 192.0.2.7, 10.2.2.2')).toBe('192.0.2.7');
  expect(client(2, undefined, '192.0.2.7')).toBe('192.0.2.7');
  expect(client(3, PROXY, '192.0.2.7')).toBe('192.0.2.7');
});

test('a connection without an address is not a trusted proxy in a list', () => {
  expect(clientReader({ trustProxy: trusted })(undefined, '1.1.1.1')).toEqual({ ip: undefined, behindProxy: false });
});

describe('Forwarded (RFC 7239)', () => {
  const forwarded = (header: string) =>
    clientReader({ trustProxy: trusted, proxyHeader: 'forwarded' })(PROXY, header).ip;

  test.each([
    ['for=192.0.2.7', '192.0.2.7'],
    ['For="[2001:db8:cafe::17]:4711"', '2001:db8:cafe::17'],
    ['for=1.1.1.1, for=192.0.2.7;proto=https;by=10.0.0.1', '192.0.2.7'],
    ['for=192.0.2.7;proto=http, for="10.2.2.2:80"', '192.0.2.7'],
    ['for=unknown', PROXY],
    ['for=_hidden', PROXY],
    ['proto=https', PROXY],
    ['192.0.2.7', PROXY],
    ['for="192.0.2.7";by="a,b;c";proto=https', '192.0.2.7'],
    ['for=1.1.1.1, for="192.0.2.7";host="a, for=1.1.1.1"', '192.0.2.7'],
    ['for=192.0.2.7;host="a\\", for=1.1.1.1", for="10.2.2.2"', '192.0.2.7'],
    ['for="192.0.2\\.7"', '192.0.2.7'],
    ['for=192.0.2.7;, ', '192.0.2.7'],
    ['for="x, for="192.0.2.7";by="a,b"', '192.0.2.7'],
    ['for="x\\, for="192.0.2.7"', '192.0.2.7'],
    // An unpaired quote from the client must not swallow what the proxy wrote.
    ['for="1.1.1.1, for=192.0.2.7', '192.0.2.7'],
    ['for="\\", for=192.0.2.7', '192.0.2.7'],
  ])('%s', (header, expected) => {
    expect(forwarded(header)).toBe(expected);
  });

  test('only one header is read: a proxy passes the other on as the client sent it', () => {
    expect(forwarded('1.1.1.1')).toBe(PROXY);
    expect(client(trusted, PROXY, 'for=1.1.1.1')).toBe(PROXY);
  });
});

test('10,000 addresses cost no more than the first hundred', () => {
  const header = Array.from({ length: 10_000 }, (_, i) => `10.1.${i % 256}.${i >> 8}`).join(', ');
  expect([...addressesFromRight(header, 'x-forwarded-for')]).toHaveLength(100);
  expect(client(trusted, PROXY, `1.1.1.1, ${header}`)).toMatch(/^10\.1\./);
  expect(client(trusted, PROXY, `${header}, 192.0.2.7`)).toBe('192.0.2.7');
});

/** A header that counts the characters that are read of it. */
function countedHeader(text: string) {
  const counter = { read: 0 };
  const slice = (from: number, to: number) => {
    counter.read += to - from;
    return text.slice(from, to);
  };
  const header = new Proxy(
    {},
    {
      get(_target, key) {
        if (key === 'length') return text.length;
        if (key === 'slice') return slice;
        if (!/^-?\d+$/.test(String(key))) throw new TypeError(`not counted: ${String(key)}`);
        counter.read += 1;
        return text[Number(key)];
      },
    },
  );
  return { header: header as unknown as string, counter };
}

test.each([
  [(n: number) => ','.repeat(n)],
  [(n: number) => 'a'.repeat(n)],
  [(n: number) => '"\\'.repeat(n)],
  [(n: number) => `for="${'\\"'.repeat(n)}`],
  [(n: number) => `${'for=10.1.1.1,'.repeat(n)}"`],
  [(n: number) => `${'"'.repeat(n)},for=10.1.1.1`],
  [(n: number) => `for="${'\\'.repeat(n)}""`],
])('of a hostile header, a fixed number of characters is read: %s', (hostile) => {
  const readOf = (text: string) => {
    const { header, counter } = countedHeader(text);
    expect([...addressesFromRight(header, 'forwarded')]).toEqual([...addressesFromRight(text, 'forwarded')]);
    return counter.read;
  };
  expect(readOf(hostile(1_000_000))).toBe(readOf(hostile(10_000)));
  expect(readOf(hostile(10_000))).toBeLessThan(1_000_000);
});

test('whatever a client sends, the result is an address: the last one that a trusted proxy saw', () => {
  const piece = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.constantFrom('unknown', '"', '[', '::ffff:', ' '));
  fc.assert(
    fc.property(
      fc.array(piece),
      fc.ipV4().filter((ip) => !/^(10|127)\./.test(ip)),
      (pieces, real) => {
        expect(isIP(client(trusted, PROXY, pieces.join(',')) ?? '')).not.toBe(0);
        expect(client(trusted, PROXY, [...pieces, real].join(','))).toBe(real);
        expect(client(trusted, real, pieces.join(','))).toBe(real);
      },
    ),
  );
});

test('parseAddress returns one form for one address', () => {
  expect(['::1', '0:0:0:0:0:0:0:1', '[::1]', '[::1]:8080'].map(parseAddress)).toEqual(['::1', '::1', '::1', '::1']);
});

test.each([
  [['0.0.0.0/0']],
  [['::/0']],
  [['10.0.0.0/33']],
  [['proxy.example.com']],
  [['']],
  [-1],
  [1.5],
  [true as never],
])('refuses trustProxy %j', (trustProxy) => {
  expect(() => clientReader({ trustProxy })).toThrow(TypeError);
});
