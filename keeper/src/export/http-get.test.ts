import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpGet } from './http-get.ts';

let server: Server;
let url: string;
let answer: RequestListener;
const paths: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    paths.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b=%20`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

it('returns the complete answer, whatever its status, over one connection', async () => {
  const ports = new Set<number | undefined>();
  const body = 'é'.repeat(1_000_000);
  answer = ({ headers, socket }, response) => {
    ports.add(socket.remotePort);
    response.writeHead(404, { 'Content-Type': 'text/x' }).end(String(headers['x-mine']) + body);
  };
  for (let i = 0; i < 2; i++) {
    const got = await httpGet(url, { 'X-Mine': 'yes' });
    expect({ ...got, body: Buffer.from(got.body).toString() === `yes${body}` }).toEqual({
      status: 404,
      contentType: 'text/x',
      body: true,
    });
  }
  expect(ports.size).toBe(1);
  expect(paths).toContain('/a?b=%20');
});

it.each([
  ['before its end', (response: Parameters<RequestListener>[1]) => response.write('part', () => response.destroy())],
  ['before its beginning', (response: Parameters<RequestListener>[1]) => response.destroy()],
])('rejects an answer that is cut off %s', async (_, cut) => {
  answer = (_request, response) => void cut(response);
  await expect(httpGet(url, {})).rejects.toThrow(/aborted|hang up|ECONNRESET/);
});

it('follows no redirect, which would take the token elsewhere', async () => {
  answer = (_request, response) => response.writeHead(302, { Location: '/elsewhere' }).end();
  expect((await httpGet(url, {})).status).toBe(302);
  expect(paths).not.toContain('/elsewhere');
});

it('ends with the signal, also in the middle of an answer', async () => {
  const stop = new AbortController();
  answer = (_request, response) => void response.write('part', () => stop.abort());
  await expect(httpGet(url, {}, stop.signal)).rejects.toThrow('aborted');
});

it('rejects if nothing listens', async () => {
  await expect(httpGet('http://127.0.0.1:9/', {})).rejects.toThrow('ECONNREFUSED');
});
