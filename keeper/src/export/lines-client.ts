import {
  httpLokiClient,
  LOKI_PATHS,
  LokiLines,
  type HttpLokiClientOptions,
  type LokiClient,
} from '@auditrail/core/loki';
import { httpGet } from './http-get.ts';
import { protobufLines } from './protobuf-lines.ts';

const PROTOBUF = 'application/vnd.google.protobuf';

const parse = (body: Uint8Array, contentType: string): unknown =>
  contentType.startsWith(PROTOBUF) ? new LokiLines(protobufLines(body)) : JSON.parse(Buffer.from(body).toString());

/**
 * A client for those who read very many lines: it takes them as Loki passes them on inside, which saves both sides the
 * writing and reading of JSON. A server that answers with JSON all the same is understood too. Only log queries may be
 * asked as `query_range`.
 */
export function linesClient(options: HttpLokiClientOptions): LokiClient {
  // Loki would compress its answers: on one machine or network that costs more than it saves.
  const headers = { ...options.headers, 'Accept-Encoding': 'identity' };
  const json = httpLokiClient({ ...options, headers, httpGet });
  const lines = httpLokiClient({ ...options, headers: { ...headers, Accept: PROTOBUF }, parse, httpGet });
  return { get: (path, ...more) => (path === LOKI_PATHS.queryRange ? lines : json).get(path, ...more) };
}
