import { OpenAPIHono } from '@hono/zod-openapi';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Days } from '../days/days.ts';
import { authenticate, type GrafanaAccess } from './authenticate.ts';
import { addDetectionRoutes, type DetectionRoutesOptions } from './detection-routes.ts';
import { addEntryRoutes } from './entry-routes.ts';
import type { Caller } from './export-job.ts';
import { Problem } from './problem.ts';
import { addRoutes, type Api, type ApiEnv, type RoutesOptions } from './routes.ts';
import { BOUNDS } from './schemas.ts';
import type { Tokens } from './tokens.ts';

export interface ApiOptions extends RoutesOptions {
  tokens: Tokens;
  grafana?: GrafanaAccess | undefined;
  /** The entries, if the keeper keeps them. */
  days?: Days | undefined;
  /** The settings of the alert rules, and the clock. */
  detections?: Pick<DetectionRoutesOptions, 'settings' | 'now'> | undefined;
  /** Whether the keeper can work, for `/healthz`. */
  isHealthy: () => boolean;
}

const DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: "Auditrail's keeper",
    version: '1',
    description:
      'Entries of the audit log, and background exports. Every export, download and deletion is an entry of the log itself; if that entry cannot be written, nothing is handed out.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
};

function addressOf(context: Context<ApiEnv>): string {
  try {
    return getConnInfo(context).remote.address ?? 'unknown';
  } catch {
    // Called without a socket, in tests.
    return 'unknown';
  }
}

/** The keeper's HTTP API. Its OpenAPI document is generated from the schemas of requests. */
export function createApi({
  service,
  tokens,
  grafana,
  rates,
  signer,
  watch,
  catchUp,
  days,
  detections,
  log,
  isHealthy,
}: ApiOptions): Api {
  const app: Api = new OpenAPIHono<ApiEnv>({
    defaultHook(result) {
      if (result.success) return;
      const errors = result.error.issues.slice(0, 20).map(({ path, message }) => ({ path: path.join('.'), message }));
      throw new Problem('BAD_REQUEST', 'The request is not valid: see errors', { errors });
    },
  });

  app.onError((error, context) => {
    const known = isJsonError(error) ? new Problem('BAD_REQUEST', 'The body is not valid JSON') : error;
    const problem =
      known instanceof Problem
        ? known
        : new Problem('INTERNAL', "Internal error; see the keeper's log", { cause: error });
    const { method, path } = context.req;
    const caller = context.get('caller') as Caller | undefined;
    const who = caller && { tenant: caller.tenant, actor: `${caller.actor.type}:${caller.actor.id}` };
    log(problem.status >= 500 ? 'error' : 'warn', 'refused', {
      ...{ code: problem.code, status: problem.status, method, path, from: addressOf(context), ...who },
      reason: problem.code === 'INTERNAL' ? String(error.stack ?? error) : (problem.reason ?? problem.message),
    });
    return problem.toResponse();
  });
  app.notFound((context) => {
    const allowed = methodsAt(context.req.path);
    if (!allowed) throw new Problem('NOT_FOUND', 'This path does not exist: see /openapi.json');
    throw new Problem('METHOD_NOT_ALLOWED', `Use ${allowed}`, { headers: { Allow: allowed } });
  });

  app.use(async (context, next) => {
    // Hono answers HEAD by running GET: for a download that would write an entry although nothing is handed out.
    const allowed = methodsAt(context.req.path);
    if (context.req.method === 'HEAD' && allowed) {
      throw new Problem('METHOD_NOT_ALLOWED', `Use ${allowed}`, { headers: { Allow: allowed } });
    }
    await next();
    context.header('X-Content-Type-Options', 'nosniff');
    context.header('Content-Security-Policy', "default-src 'none'; sandbox");
    if (!context.res.headers.has('Cache-Control')) context.header('Cache-Control', 'no-store');
  });
  app.use('/v1/*', async (context: Context<ApiEnv>, next) => {
    const address = addressOf(context);
    const caller = await authenticate((name) => context.req.header(name), {
      tokens,
      grafana,
      path: context.req.path,
    }).catch(async (error: unknown) => {
      if (error instanceof Problem && error.code === 'UNAUTHENTICATED') {
        await rates.take('failures', address);
        error.headers['WWW-Authenticate'] = 'Bearer realm="auditrail"';
      }
      throw error;
    });
    context.set('caller', caller);
    // A page that follows new entries asks every few seconds.
    const kind = context.req.path.startsWith('/v1/entries') ? 'reads' : 'requests';
    await rates.take(kind, `${caller.tenant} ${caller.actor.type} ${caller.actor.id}`);
    await next();
  });
  app.use(
    '/v1/*',
    bodyLimit({
      maxSize: BOUNDS.bodyBytes,
      onError: () => {
        // The rest of the body is not read: the connection cannot be reused.
        const headers = { Connection: 'close' };
        throw new Problem('TOO_LARGE', `A request's body is at most ${BOUNDS.bodyBytes} bytes`, { headers });
      },
    }),
  );

  app.get('/healthz', (context) => context.text(isHealthy() ? 'ok' : 'failing', isHealthy() ? 200 : 503));
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description:
      "An API token (auditrail token create). Grafana's proxy sends its own token instead, with X-Grafana-Id and X-Grafana-Context.",
  });
  addRoutes(app, { service, rates, signer, watch, catchUp, log });
  addEntryRoutes(app, days);
  addDetectionRoutes(app, { days, ...detections });
  app.doc31('/openapi.json', DOCUMENT);
  return app;
}

function isJsonError(error: Error): boolean {
  return !(error instanceof Problem) && (error instanceof SyntaxError || ('status' in error && error.status === 400));
}

const METHODS: [RegExp, string][] = [
  [/^\/v1\/health\/pipeline$/, 'GET'],
  [/^\/v1\/entries(\/(count|volume|values))?$/, 'POST'],
  [/^\/v1\/detections$/, 'GET'],
  [/^\/v1\/exports$/, 'GET, POST'],
  [/^\/v1\/exports\/[^/]+$/, 'GET, DELETE'],
  [/^\/v1\/exports\/[^/]+\/(cancel|rerun)$/, 'POST'],
  [/^\/v1\/exports\/[^/]+\/files\/[^/]+$/, 'GET'],
];

function methodsAt(path: string): string | undefined {
  return METHODS.find(([pattern]) => pattern.test(path))?.[1];
}
