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

const RESET = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Sends raw text on a connection.
 *
 * A server that refuses a request while its rest is still under way resets the connection, and the reset can overtake
 * the answer (RFC 9112, section 9.6): then the text is sent again.
 * @returns the raw response
 */
export async function rawSend(base: string, text: string, attempts = 10): Promise<string> {
  const { response, error } = await sendOnce(base, text);
  if (error === undefined || response !== '') return response;
  if (attempts > 1 && RESET.has(error.code ?? '')) return rawSend(base, text, attempts - 1);
  throw error;
}

function sendOnce(base: string, text: string): Promise<{ response: string; error?: NodeJS.ErrnoException }> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let response = '';
    let error: NodeJS.ErrnoException | undefined;
    socket.setEncoding('latin1').on('data', (part: string) => (response += part));
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('error', (cause) => (error = cause));
    socket.on('close', () => resolve(error === undefined ? { response } : { response, error }));
  });
}
