import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import { isTenant } from '@auditrail/core';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { bearerOf, same } from '../serve/authenticate.ts';
import type { ServeLog } from '../serve/log.ts';
import { Problem } from '../serve/problem.ts';
import type { Days } from './days.ts';
import { recordsOf } from './otlp-records.ts';

/** The longest request, packed or not, in bytes. The collector's batches have 4 MB. */
const MAX_BYTES = 64_000_000;
/** After a failure of the disk, in seconds. */
const RETRY_AFTER_S = 5;

const unpack = promisify(gunzip);

export interface IntakeOptions {
  days: Pick<Days, 'add'>;
  /** The bearer token of the collector. */
  token: string;
  log: ServeLog;
  now?: () => number;
}

/**
 * The HTTP API by which the collector hands every entry to the keeper: OTLP logs in protobuf, one tenant a request
 * (`X-Scope-OrgID`). The answer is 200 when they are on disk, and 503 if they must be sent again.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export function createIntakeApi({ days, token, log, now = Date.now }: IntakeOptions): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    const problem =
      error instanceof Problem ? error : new Problem('NOT_STORED', 'The records could not be stored', { cause: error });
    if (problem.status === 503) problem.headers['Retry-After'] = String(RETRY_AFTER_S);
    const tenant = context.req.header('x-scope-orgid');
    const reason = problem === error ? (problem.reason ?? problem.message) : String(error.stack ?? error);
    log(problem.status >= 500 ? 'error' : 'warn', 'intake refused', { code: problem.code, tenant, reason });
    return problem.toResponse();
  });
  app.notFound(() => {
    throw new Problem('NOT_FOUND', 'Use POST /v1/logs');
  });
  app.use(async (context, next) => {
    if (!same(bearerOf(context.req.header('authorization')), token)) {
      throw new Problem('UNAUTHENTICATED', 'This token is not valid: use that of --intake-token');
    }
    await next();
  });
  app.use(
    bodyLimit({
      maxSize: MAX_BYTES,
      onError: () => {
        throw new Problem('TOO_LARGE', `A request has at most ${MAX_BYTES} bytes`, {
          headers: { Connection: 'close' },
        });
      },
    }),
  );
  app.post('/v1/logs', async (context) => {
    const tenant = context.req.header('x-scope-orgid') ?? '';
    if (!isTenant(tenant)) throw new Problem('BAD_REQUEST', 'X-Scope-OrgID is missing or not a tenant');
    if (context.req.header('content-type') !== 'application/x-protobuf') {
      throw new Problem('WRONG_TYPE', 'Send Content-Type: application/x-protobuf');
    }
    const records = recordsIn(await bodyOf(context), BigInt(now()) * 1_000_000n);
    await days.add(tenant, records);
    // An ExportLogsServiceResponse without a partial success has no bytes.
    return context.body(new Uint8Array(), 200, { 'Content-Type': 'application/x-protobuf' });
  });
  return app;
}

function recordsIn(body: Uint8Array, arrivalNs: bigint) {
  try {
    return recordsOf(body, arrivalNs);
  } catch (cause) {
    throw new Problem('BAD_REQUEST', `The body is not an OTLP request: ${String(cause)}`, { cause });
  }
}

async function bodyOf(context: Context): Promise<Uint8Array> {
  const body = new Uint8Array(await context.req.arrayBuffer());
  const encoding = context.req.header('content-encoding') ?? 'identity';
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip') throw new Problem('WRONG_TYPE', 'Send Content-Encoding: gzip, or none');
  return unpack(body, { maxOutputLength: MAX_BYTES }).catch((cause: unknown) => {
    throw new Problem('BAD_REQUEST', `The body is not gzip, or has more than ${MAX_BYTES} bytes unpacked`, { cause });
  });
}
