import type { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import type { HttpBindings } from '@hono/node-server';
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { CatchUp, CatchUpStatus } from '../catch-up/catch-up.ts';
import type { PipelineWatch } from '../pipeline/watch.ts';
import { requireScope } from './authenticate.ts';
import type { Caller, ExportJob, ExportRequest } from './export-job.ts';
import type { ManifestKey } from './jobs.ts';
import type { ExportService } from './export-service.ts';
import { attachment } from './file-name.ts';
import type { ServeLog } from './log.ts';
import { PROBLEMS, Problem, type ProblemCode } from './problem.ts';
import type { RateLimits } from './rate-limits.ts';
import {
  exportSchema,
  fileParams,
  idParams,
  listQuery,
  listSchema,
  pipelineSchema,
  problemSchema,
  startSchema,
} from './schemas.ts';

export interface ApiEnv {
  Bindings: HttpBindings;
  Variables: { caller: Caller };
}

export type Api = OpenAPIHono<ApiEnv>;

/** The dependencies of the operations. */
export interface RoutesOptions {
  service: ExportService;
  rates: RateLimits;
  /** The key that signs manifests. */
  signer?: ManifestKey | undefined;
  watch: Pick<PipelineWatch, 'isOn' | 'checkedMs' | 'problemsOf'>;
  /** The comparison of the keeper's entries with Loki. */
  catchUp?: Pick<CatchUp, 'statusOf'> | undefined;
  log: ServeLog;
}

export const security = [{ bearer: [] }];
const retryAfter = z.object({ 'Retry-After': z.string() });

// Every operation can answer these; each adds its own.
const ALWAYS: ProblemCode[] = [
  'BAD_REQUEST',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'INTERNAL',
  'KEYS_UNAVAILABLE',
];

/** The refusals that an operation can answer. */
export function refusals(...more: ProblemCode[]) {
  const codes = [...ALWAYS, ...more];
  const content = { 'application/problem+json': { schema: problemSchema } };
  return Object.fromEntries(
    codes.map((code) => {
      const { status } = PROBLEMS[code];
      const named = codes.filter((each) => PROBLEMS[each].status === status);
      return [status, { description: named.join(', '), content, ...(status === 429 && { headers: retryAfter }) }];
    }),
  );
}

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

const iso = (ms: number) => new Date(ms).toISOString();

function toAnswer(job: ExportJob): z.output<typeof exportSchema> {
  const { id, request, actor, status, createdMs, startedMs, finishedMs, expiresMs, progress, result, error } = job;
  return {
    ...{ id, ...request, createdBy: actor, status, createdAt: iso(createdMs) },
    ...(startedMs !== undefined && { startedAt: iso(startedMs) }),
    ...(finishedMs !== undefined && { finishedAt: iso(finishedMs) }),
    ...(expiresMs !== undefined && { expiresAt: iso(expiresMs) }),
    ...(progress && status === 'running' && { progress }),
    ...(result && { rows: result.rows }),
    ...(result &&
      status === 'completed' && {
        files: result.files.map(({ format, rows, bytes, sha256 }) => ({ format, rows, bytes, sha256 })),
      }),
    ...(error && { error }),
  };
}

const list = createRoute({
  ...{ method: 'get', path: '/v1/exports', operationId: 'listExports', security },
  summary: 'The exports of the tenant, newest first',
  request: { query: listQuery },
  responses: { 200: json(listSchema, 'One page of exports'), ...refusals() },
});
const start = createRoute({
  ...{ method: 'post', path: '/v1/exports', operationId: 'startExport', security },
  summary: 'Start an export',
  request: { body: { required: true, content: { 'application/json': { schema: startSchema } } } },
  responses: {
    201: { ...json(exportSchema, 'The export is queued'), headers: z.object({ Location: z.string() }) },
    ...refusals('TOO_MANY_EXPORTS', 'TOO_LARGE', 'WRONG_TYPE', 'UNPROCESSABLE', 'ENTRY_NOT_WRITTEN', 'TOKEN_MISSING'),
  },
});
const get = createRoute({
  ...{ method: 'get', path: '/v1/exports/{id}', operationId: 'getExport', security },
  summary: 'One export',
  request: { params: idParams },
  responses: { 200: json(exportSchema, 'The export with its current status'), ...refusals('NOT_FOUND') },
});
const remove = createRoute({
  ...{ method: 'delete', path: '/v1/exports/{id}', operationId: 'deleteExport', security },
  summary: 'Delete an export and its files permanently; a running one is cancelled',
  request: { params: idParams },
  responses: {
    204: { description: 'The export is deleted' },
    ...refusals('NOT_FOUND', 'ENTRY_NOT_WRITTEN', 'TOKEN_MISSING'),
  },
});
const cancel = createRoute({
  ...{ method: 'post', path: '/v1/exports/{id}/cancel', operationId: 'cancelExport', security },
  summary: 'Cancel a queued or running export',
  request: { params: idParams },
  responses: {
    200: json(exportSchema, 'The export with its current status'),
    ...refusals('NOT_FOUND', 'WRONG_STATE', 'ENTRY_NOT_WRITTEN', 'TOKEN_MISSING'),
  },
});
const rerun = createRoute({
  ...{ method: 'post', path: '/v1/exports/{id}/rerun', operationId: 'rerunExport', security },
  summary: 'Start the same export again, as a new one',
  request: { params: idParams },
  responses: {
    201: { ...json(exportSchema, 'The new export'), headers: z.object({ Location: z.string() }) },
    ...refusals('NOT_FOUND', 'TOO_MANY_EXPORTS', 'ENTRY_NOT_WRITTEN', 'TOKEN_MISSING', 'UNPROCESSABLE'),
  },
});
const download = createRoute({
  ...{ method: 'get', path: '/v1/exports/{id}/files/{format}', operationId: 'downloadExport', security },
  summary: 'One format of a completed export, with its manifest, as a ZIP',
  request: { params: fileParams },
  responses: {
    200: {
      description: 'The ZIP; the response is aborted if the stored file is damaged',
      headers: z.object({ 'Content-Disposition': z.string() }),
      content: { 'application/zip': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...refusals('NOT_FOUND', 'WRONG_STATE', 'EXPIRED', 'ENTRY_NOT_WRITTEN', 'TOKEN_MISSING'),
  },
});

const pipelineHealth = createRoute({
  ...{ method: 'get', path: '/v1/health/pipeline', operationId: 'getPipelineHealth', security },
  summary: "Problems that keep the tenant's entries from arriving",
  responses: { 200: json(pipelineSchema, 'The current problems'), ...refusals() },
});

const addressOf = ({ id }: ExportJob) => `/v1/exports/${id}`;

// Otherwise the server prints an error of the content to the console.
async function* untilBroken(content: Readable, broken: (error: unknown) => void): AsyncGenerator<Uint8Array, void> {
  try {
    yield* content;
  } catch (error) {
    broken(error);
  }
}

function comparison(status: CatchUpStatus | undefined) {
  if (!status) return {};
  const { comparedMs, fullDoneMs, addedMs, ...keeper } = status;
  const times = {
    ...(comparedMs !== undefined && { comparedTo: iso(comparedMs) }),
    ...(fullDoneMs !== undefined && { comparedAllAt: iso(fullDoneMs) }),
    ...(addedMs !== undefined && { addedAt: iso(addedMs) }),
  };
  return { keeper: { ...keeper, ...times } };
}

/** The operations on exports, and the health of the pipeline. */
export function addRoutes(app: Api, { service, rates, signer, watch, catchUp, log }: RoutesOptions): void {
  for (const path of ['/v1/exports', '/v1/entries', '/v1/entries/*']) {
    app.use(path, async (context, next) => {
      // Hono does not check a body of another type.
      const type = context.req.header('content-type') ?? '';
      if (context.req.method === 'POST' && !/^application\/json\s*(;|$)/i.test(type)) {
        throw new Problem('WRONG_TYPE', 'Send the request as Content-Type: application/json');
      }
      await next();
    });
  }
  // No scope: it contains no entries, and all readers should know that entries are missing.
  app.openapi(pipelineHealth, (context) => {
    const { tenant } = context.get('caller');
    const { isOn: watched, checkedMs } = watch;
    const problems = watch.problemsOf(tenant).map(({ sinceMs, lastMs, ...problem }) => ({
      ...problem,
      ...{ since: iso(sinceMs), last: iso(lastMs) },
    }));
    return context.json(
      {
        ...{ watched, problems, ...comparison(catchUp?.statusOf(tenant)) },
        ...(watched && checkedMs !== undefined && { checkedAt: iso(checkedMs) }),
      },
      200,
    );
  });
  app.openapi(list, (context) => {
    const caller = context.get('caller');
    requireScope(caller, 'exports:read');
    const { limit, before } = context.req.valid('query');
    const jobs = service.list(caller, limit + 1, before);
    const page = jobs.slice(0, limit);
    const next = jobs.length > limit ? page.at(-1)?.id : undefined;
    const total = service.count(caller);
    const more = { ...(next !== undefined && { next }), ...(signer && { signer }) };
    return context.json({ exports: page.map(toAnswer), total, ...more }, 200);
  });
  app.openapi(start, async (context) => {
    const caller = context.get('caller');
    requireScope(caller, 'exports:create');
    const { search, ...rest } = context.req.valid('json');
    await rates.take('starts', `${caller.tenant} ${caller.actor.id}`);
    const request = { ...rest, ...(search && { search }) } as ExportRequest;
    const job = await service.start(caller, request);
    return context.json(toAnswer(job), 201, { Location: addressOf(job) });
  });
  app.openapi(get, (context) => {
    const caller = context.get('caller');
    requireScope(caller, 'exports:read');
    return context.json(toAnswer(service.get(caller, context.req.valid('param').id)), 200);
  });
  app.openapi(remove, async (context) => {
    const caller = context.get('caller');
    requireScope(caller, 'exports:delete');
    await service.remove(caller, context.req.valid('param').id);
    return context.body(null, 204);
  });
  app.openapi(cancel, async (context) => {
    const caller = context.get('caller');
    requireScope(caller, 'exports:create');
    return context.json(toAnswer(await service.cancel(caller, context.req.valid('param').id)), 200);
  });
  app.openapi(rerun, async (context) => {
    const caller = context.get('caller');
    requireScope(caller, 'exports:create');
    await rates.take('starts', `${caller.tenant} ${caller.actor.id}`);
    const job = await service.rerun(caller, context.req.valid('param').id);
    return context.json(toAnswer(job), 201, { Location: addressOf(job) });
  });
  app.openapi(download, async (context) => {
    const caller = context.get('caller');
    requireScope(caller, 'exports:read');
    const { id, format } = context.req.valid('param');
    const { name, zip } = await service.download(caller, id, format);
    const content = untilBroken(zip, (error) => {
      log('error', 'download aborted', { export: id, tenant: caller.tenant, format, reason: String(error) });
      // A regular end would tell the client that the file is complete.
      context.env.outgoing.destroy();
    });
    return new Response(ReadableStream.from(content) as ConstructorParameters<typeof Response>[0], {
      status: 200,
      headers: { 'Content-Type': 'application/zip', 'Content-Disposition': attachment(name) },
    });
  });
}
