import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import { isTenant } from '@auditrail/core';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { bearerOf, same } from '../serve/authenticate.ts';
import type { ServeLog } from '../serve/log.ts';
import { Problem } from '../serve/problem.ts';
import type { StoredRecord } from './columns.ts';
import type { Days } from './days.ts';
import { recordsOf } from './otlp-records.ts';
import type { SetAside, UndecodableRequest } from './set-aside.ts';

/**
 * The longest request, packed or not, in bytes. The collector's batches have 4 MB, or one record: at most what its receiver
 * takes in a request (20 MiB), with its attributes twice.
 */
const MAX_BYTES = 64_000_000;
/** After a failure of the disk, or while the collector's configuration is wrong, in seconds. */
const RETRY_AFTER_S = 5;

const unpack = promisify(gunzip);

export interface IntakeOptions {
  days: Pick<Days, 'add'>;
  /** Takes what cannot be decoded. */
  setAside: Pick<SetAside, 'keep'>;
  /** The bearer token of the collector. */
  token: string;
  /** The text for `GET /metrics`. */
  metrics?: () => string;
  log: ServeLog;
  now?: () => number;
}

/**
 * The HTTP API by which the collector hands every entry to the keeper: OTLP logs in protobuf, one tenant a request
 * (`X-Scope-OrgID`). The answer is 200 when they are on disk, and 503 if they must be sent again.
 *
 * The collector deletes a batch after any other answer. So it gets 503, too, for what the operator can correct, such as a
 * wrong token; and 200 for what can never be decoded, which is set aside on disk: it would hold up all others forever.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export function createIntakeApi({ days, setAside, token, metrics, log, now = Date.now }: IntakeOptions): Hono {
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
    throw new Problem(
      'INTAKE_MISCONFIGURED',
      "Use POST /v1/logs: set the collector's endpoint to the intake's address",
    );
  });
  app.use(async (context, next) => {
    if (!hasToken(context.req.header('authorization'), token)) {
      throw new Problem('INTAKE_MISCONFIGURED', 'This token is not valid: use that of --intake-token');
    }
    await next();
  });
  if (metrics) {
    const type = { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' };
    app.get('/metrics', (context) => context.body(metrics(), 200, type));
  }
  app.use(
    bodyLimit({
      maxSize: MAX_BYTES,
      onError: () => {
        throw tooLarge();
      },
    }),
  );
  app.post('/v1/logs', async (context) => {
    if (context.req.header('content-type') !== 'application/x-protobuf') {
      throw new Problem('INTAKE_MISCONFIGURED', 'Send Content-Type: application/x-protobuf, with encoding: proto');
    }
    const tenant = context.req.header('x-scope-orgid') ?? '';
    const { records, undecodable } = decode(await bodyOf(context), tenant, BigInt(now()) * 1_000_000n);
    if (undecodable) {
      const path = await setAside.keep(undecodable);
      const reason = undecodable.problems.slice(0, 3).join('; ');
      log('error', 'a request is set aside', { tenant, path, problems: undecodable.problems.length, reason });
    }
    if (records.length > 0) await days.add(tenant, records);
    return context.body(response(undecodable?.problems ?? []), 200, { 'Content-Type': 'application/x-protobuf' });
  });
  return app;
}

function hasToken(header: string | undefined, token: string): boolean {
  try {
    return same(bearerOf(header), token);
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}

interface Decoded {
  records: StoredRecord[];
  undecodable?: UndecodableRequest;
}

function decode(body: Body, tenant: string, arrivalNs: bigint): Decoded {
  const { bytes, ...packed } = body;
  if (packed.problem !== undefined) {
    return { records: [], undecodable: { tenant, body: bytes, encoding: 'gzip', problems: [packed.problem] } };
  }
  if (!isTenant(tenant)) {
    const problems = ['X-Scope-OrgID is missing or not a tenant'];
    return { records: [], undecodable: { tenant, body: bytes, problems } };
  }
  const { records, problems } = recordsOf(bytes, arrivalNs);
  return { records, ...(problems.length > 0 && { undecodable: { tenant, body: bytes, problems } }) };
}

/** An ExportLogsServiceResponse: no bytes for a complete success, else a partial one, which the collector logs. */
function response(problems: readonly string[]): Uint8Array<ArrayBuffer> {
  if (problems.length === 0) return new Uint8Array();
  const message = new TextEncoder().encode('the keeper set aside what it could not decode: see its log');
  const partial = [0x08, Math.min(problems.length, 127), 0x12, message.length, ...message];
  return new Uint8Array([0x0a, partial.length, ...partial]);
}

interface Body {
  bytes: Uint8Array;
  /** Why it could not be unpacked. */
  problem?: string;
}

async function bodyOf(context: Context): Promise<Body> {
  const bytes = new Uint8Array(await context.req.arrayBuffer());
  const encoding = context.req.header('content-encoding') ?? 'identity';
  if (encoding === 'identity') return { bytes };
  if (encoding !== 'gzip') throw new Problem('INTAKE_MISCONFIGURED', 'Send Content-Encoding: gzip, or none');
  try {
    return { bytes: await unpack(bytes, { maxOutputLength: MAX_BYTES }) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    return { bytes, problem: `gzip: ${String(error)}` };
  }
}

// The rest of the body is not read: the connection cannot be reused.
const tooLarge = () =>
  new Problem('TOO_LARGE', `A request has at most ${MAX_BYTES} bytes`, { headers: { Connection: 'close' } });
