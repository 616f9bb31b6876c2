import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

/** Sends `body` with the content type of the file extension `ending`. */
export function sendText(
  response: ServerResponse,
  ending: '.html' | '.js' | '.json',
  body: string,
  status = 200,
): void {
  response.writeHead(status, { 'content-type': TYPES[ending], 'cache-control': 'no-store' }).end(body);
}

/** Sends `value` as JSON. */
export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  sendText(response, '.json', JSON.stringify(value), status);
}

/** Sends an error in the format of Grafana's API: `{ message }`. */
export function sendError(response: ServerResponse, status: number, message: string): void {
  sendJson(response, { message }, status);
}

/**
 * Sends the file `path` in the folder `root`; 404 if it is not a file, or is outside the folder, by `..` or by a link.
 *
 * @param path percent-encoded, as in the URL
 */
export async function sendFile(response: ServerResponse, root: string, path: string): Promise<void> {
  const file = await fileBelow(root, path);
  const type = file && TYPES[extname(file)];
  if (!file || !type) {
    return sendError(response, 404, 'Not found');
  }
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' });
  await pipeline(createReadStream(file), response).catch(() => response.destroy());
}

async function fileBelow(root: string, path: string): Promise<string | undefined> {
  try {
    const folder = await realpath(root);
    const file = await realpath(resolve(folder, `.${sep}${decodeURIComponent(path)}`));
    return file.startsWith(folder + sep) && (await stat(file)).isFile() ? file : undefined;
  } catch {
    // Missing, invalid encoding, or NUL in the name: all of these are 404.
    return undefined;
  }
}
