import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { storedReader, type StoredReader, type StoredReaderOptions } from './stored-reader.ts';

// The gateway's own answers: read-back.itest.ts.
let server: Server | undefined;
let reader: StoredReader | undefined;
let asked: { url: URL; headers: IncomingMessage['headers'] }[] = [];

afterEach(async () => {
  reader?.close();
  asked = [];
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
});

async function open(
  answer: (url: URL, response: ServerResponse) => void,
  options: Partial<StoredReaderOptions> = {},
): Promise<StoredReader> {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://gateway');
    asked.push({ url, headers: request.headers });
    answer(url, response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}/t/token/`;
  reader = storedReader({ service: 'Büro "x"', endpoint, headers: {}, timeoutMs: 2_000, ...options });
  return reader;
}

const START = 1_790_000_000_000_000_000n;

// Holds entry N at START + N, and answers like Loki: the newest first, up to the limit.
const holding =
  (count: number, most = 5_000) =>
  (url: URL, response: ServerResponse) => {
    const limit = Number(url.searchParams.get('limit'));
    if (limit > most) {
      const message = `max entries limit per query exceeded, limit > max_entries_limit_per_query (${limit} > ${most})`;
      return void response.writeHead(400).end(message);
    }
    const end = BigInt(url.searchParams.get('end') ?? 0);
    const start = end - BigInt(url.searchParams.get('seconds') ?? 0) * 1_000_000_000n;
    const values = Array.from({ length: count }, (_, i) => [String(START + BigInt(i)), String(i)])
      .filter(([time]) => BigInt(time ?? 0) >= start && BigInt(time ?? 0) < end)
      .reverse()
      .slice(0, limit);
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'streams', result: [{ values }] } }));
  };

const numbersOf = async (from: StoredReader, start: bigint, end: bigint) => {
  const answer = await from.ask({ stream: 's', start, end });
  if (answer.outcome !== 'answered') throw new Error(answer.reason);
  return [...new Set(answer.numbers)].sort((a, b) => a - b);
};
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

test('asks under the endpoint, with token and headers; the service is encoded', async () => {
  const some = await open(holding(3), { token: () => 'secret', headers: { 'X-Scope-OrgID': 'acme' } });
  expect(await numbersOf(some, START, START + 3n)).toEqual([0, 1, 2]);
  const [{ url, headers } = { url: undefined, headers: {} }] = asked;
  expect(url?.pathname).toBe('/t/token/v1/stored');
  expect(url?.search).toBe(`?stream=s&service=B%C3%BCro%20%22x%22&end=${START + 3n}&seconds=1&limit=5000`);
  expect(headers).toMatchObject({ authorization: 'Bearer secret', 'x-scope-orgid': 'acme' });
});

test('reads page by page, and long ranges in parts', async () => {
  const some = await open(holding(25), { pageNumbers: 10 });
  expect(await numbersOf(some, START, START + 25n)).toEqual(upTo(25));
  expect(asked).toHaveLength(3);
  const days = 2n * 86_400n * 1_000_000_000n;
  expect(await numbersOf(some, START - days, START + days)).toEqual(upTo(25));
  expect(asked.every(({ url }) => Number(url.searchParams.get('seconds')) <= 9_999)).toBe(true);
});

test('more entries of one time than fit into a page do not make an endless loop', async () => {
  const some = await open(
    (url, response) => {
      const end = BigInt(url.searchParams.get('end') ?? 0);
      const values = end > START ? upTo(5).map((i) => [String(START), String(i)]) : [];
      response.end(JSON.stringify({ data: { result: [{ values }] } }));
    },
    { pageNumbers: 5 },
  );
  expect(await numbersOf(some, START - 10n, START + 10n)).toEqual(upTo(5));
});

test('a tenant with a lower limit is asked for fewer entries', async () => {
  const some = await open(holding(25, 7));
  expect(await numbersOf(some, START, START + 25n)).toEqual(upTo(25));
});

test.each([
  [404, '404 page not found', 'unavailable'],
  [401, 'no', 'unavailable'],
  [403, 'no', 'unavailable'],
  [405, 'no', 'unavailable'],
  [200, '<html>Please sign in', 'failed'],
  [200, '{}', 'failed'],
  [204, '', 'failed'],
  [302, '', 'failed'],
  [429, 'slow', 'failed'],
  [502, 'down', 'failed'],
])('HTTP %d %j is %s', async (status, body, outcome) => {
  const some = await open((_, response) => response.writeHead(status).end(body));
  expect(await some.ask({ stream: 's', start: START, end: START + 1n })).toMatchObject({ outcome });
});

test('no answer is a failure, with its reason', async () => {
  const some = await open(() => undefined, { timeoutMs: 50 });
  const answer = await some.ask({ stream: 's', start: START, end: START + 1n });
  expect(answer).toEqual({ outcome: 'failed', reason: 'no complete answer within 50 ms' });
});
