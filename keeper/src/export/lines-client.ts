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
 * A client for reading very many lines: it requests them in Loki's internal format, which saves both sides the encoding
 * and decoding of JSON. It also accepts JSON answers. Only log queries are allowed for `query_range`.
 */
export function linesClient(options: HttpLokiClientOptions): LokiClient {
  // Prevents compressed answers: on one machine or network they cost more than they save.
  const headers = { ...options.headers, 'Accept-Encoding': 'identity' };
  const json = httpLokiClient({ ...options, headers, httpGet });
  const lines = httpLokiClient({ ...options, headers: { ...headers, Accept: PROTOBUF }, parse, httpGet });
  return { get: (path, ...more) => (path === LOKI_PATHS.queryRange ? lines : json).get(path, ...more) };
}
