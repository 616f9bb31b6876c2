import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { HttpGet } from '@auditrail/core/loki';

// Below the idle timeouts of common servers (Go 60 s, nginx 75 s), so that they do not close a connection that is reused.
const POOL = { keepAlive: true, timeout: 30_000 };
const agents = { plain: new HttpAgent(POOL), secure: new HttpsAgent(POOL) };

/**
 * A GET with `node:http`, for answers of megabytes: `fetch` takes nearly twice the CPU time for them. Redirects are not
 * followed.
 *
 * @throws Error if there is no complete answer; the signal's reason if it aborts the request
 */
export const httpGet: HttpGet = (url, headers, signal) =>
  new Promise((resolve, reject) => {
    const secure = url.startsWith('https:');
    const request = (secure ? httpsRequest : httpRequest)(url, {
      agent: secure ? agents.secure : agents.plain,
      headers,
      ...(signal && { signal }),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers: answered } = response;
        resolve({ status, contentType: answered['content-type'] ?? '', body: Buffer.concat(chunks) });
      });
    });
    request.end();
  });
