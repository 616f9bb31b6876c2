import { oneLine } from '../log.ts';
import { authorization, endpointUrl, networkProblem, type EndpointOptions } from './endpoint.ts';
import { httpClient, type HttpAnswer } from './http-client.ts';

/** Asks for the sequence numbers of a chain's entries from `start` to before `end` (nanoseconds since 1970). */
export interface StoredQuestion {
  stream: string;
  start: bigint;
  end: bigint;
}

/** The result of a question. */
export type StoredAnswer =
  /** The numbers that Loki holds. */
  | { outcome: 'answered'; numbers: number[] }
  /** The endpoint is not Auditrail's gateway, or the token has no permission to ask. */
  | { outcome: 'unavailable'; reason: string }
  | { outcome: 'failed'; reason: string };

export interface StoredReader {
  /** Asks once, in as many requests as the range needs; never rejects. */
  ask(question: StoredQuestion): Promise<StoredAnswer>;
  /** Ends a request under way immediately. */
  close(): void;
}

export interface StoredReaderOptions extends EndpointOptions {
  /** Numbers of one request. Default 5,000, which is Loki's limit. */
  pageNumbers?: number | undefined;
}

const PAGE_NUMBERS = 5_000;
// About 32 bytes per number, and Loki's statistics.
const MAX_ANSWER_BYTES = 2_000_000;
// The gateway accepts no longer time range (2.8 hours), so that questions stay small.
const MAX_SECONDS = 9_999n;
const SECOND_NS = 1_000_000_000n;
// Loki's message for a tenant with a lower limit.
const LIMITED = /max entries limit.*\(\d+ > (\d+)\)/;
const UNAVAILABLE = new Set([401, 403, 404, 405, 501]);

function messageOf(answer: HttpAnswer): string {
  return oneLine(answer.body.toString('utf8')).slice(0, 200);
}

// Timestamps and numbers from Loki's answer to the gateway's query.
function valuesOf({ body, complete }: HttpAnswer): [string, string][] | undefined {
  if (!complete) return undefined;
  try {
    const { data } = JSON.parse(body.toString('utf8')) as { data?: { result?: unknown } };
    if (!Array.isArray(data?.result)) return undefined;
    return data.result.flatMap(({ values }: { values: [string, string][] }) => values);
  } catch {
    // The page of a login portal.
    return undefined;
  }
}

/**
 * Asks Auditrail's gateway which entries Loki holds (`GET /v1/stored`).
 *
 * @throws TypeError if the endpoint is not an address
 */
export function storedReader(options: StoredReaderOptions): StoredReader {
  const { service, endpoint, headers, timeoutMs } = options;
  const client = httpClient(endpointUrl(endpoint, '/v1/stored'), timeoutMs, options.tls);
  let limit = options.pageNumbers ?? PAGE_NUMBERS;

  const askPage = async ({ stream, start, end }: StoredQuestion): Promise<HttpAnswer> => {
    const seconds = (end - start + SECOND_NS - 1n) / SECOND_NS;
    const range = `end=${end}&seconds=${seconds < MAX_SECONDS ? seconds : MAX_SECONDS}`;
    const query = `?stream=${stream}&service=${encodeURIComponent(service)}&${range}&limit=${limit}`;
    return await client.get(query, { ...headers, ...(await authorization(options)) }, MAX_ANSWER_BYTES);
  };

  const askAll = async ({ stream, start, end }: StoredQuestion): Promise<StoredAnswer> => {
    const numbers: number[] = [];
    // Backward, because the gateway accepts an end and a length.
    for (let to = end; to > start;) {
      const answer = await askPage({ stream, start, end: to });
      const { status } = answer;
      if (UNAVAILABLE.has(status)) return { outcome: 'unavailable', reason: `HTTP ${status}: ${messageOf(answer)}` };
      const allowed = status === 400 ? Number(LIMITED.exec(messageOf(answer))?.[1] ?? 0) : 0;
      if (allowed > 0 && allowed < limit) {
        limit = allowed;
        continue;
      }
      if (status !== 200) return { outcome: 'failed', reason: `HTTP ${status}: ${messageOf(answer)}` };
      const values = valuesOf(answer);
      if (!values) return { outcome: 'failed', reason: `not an answer of Auditrail's gateway: ${messageOf(answer)}` };
      for (const [, number] of values) numbers.push(Number(number));
      if (values.length < limit) to -= MAX_SECONDS * SECOND_NS;
      else {
        // There may be more entries at the oldest of these times.
        const oldest = values.reduce((least, [time]) => (BigInt(time) < least ? BigInt(time) : least), to);
        to = oldest + 1n < to ? oldest + 1n : oldest;
      }
    }
    return { outcome: 'answered', numbers };
  };

  return {
    async ask(question) {
      try {
        return await askAll(question);
      } catch (error) {
        return { outcome: 'failed', reason: networkProblem(error) };
      }
    },
    close: () => client.close(),
  };
}
