import { request } from 'node:http';
import { connect } from 'node:net';

export interface RawRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface RawResponse {
  status: number;
  body: string;
  headers: Record<string, unknown>;
}

/** Sends a request with the exact path, which fetch would normalize. Headers with an empty value are not sent. */
export function rawRequest(
  base: string,
  path: string,
  { method = 'GET', headers = {}, body = '' }: RawRequest = {},
): Promise<RawResponse> {
  const nonEmpty = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers: nonEmpty, timeout: 5_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }));
    });
    sent.on('error', reject).end(body);
  });
}

/** Sends raw text on a connection. @returns the raw response */
export function rawSend(base: string, text: string): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let response = '';
    socket.setEncoding('latin1').on('data', (part: string) => (response += part));
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('close', () => resolve(response)).on('error', reject);
  });
}
