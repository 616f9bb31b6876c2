import { request } from 'node:http';
import { connect } from 'node:net';

export interface RawRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface RawAnswer {
  status: number;
  body: string;
  headers: Record<string, unknown>;
}

/** Sends a path as it stands, which fetch would tidy up first. A header without a value is not sent. */
export function rawAsk(
  base: string,
  path: string,
  { method = 'GET', headers = {}, body = '' }: RawRequest = {},
): Promise<RawAnswer> {
  const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers: given, timeout: 5_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text, headers: answer.headers }));
    });
    sent.on('error', reject).end(body);
  });
}

/** Sends bytes as they stand, and gives what comes back. */
export function rawSend(base: string, text: string): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.setEncoding('latin1').on('data', (part: string) => (answer += part));
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('close', () => resolve(answer)).on('error', reject);
  });
}
