import { randomBytes } from 'node:crypto';
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import { AuditError } from '@auditrail/sdk';
import { auditRequests, rememberRoutes } from '@auditrail/sdk/fastify';
import fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import { mayActAs, type Role } from './accounts.ts';
import { requestFields, type Audit } from './audit.ts';
import type { Database } from './database.ts';
import { html, type Html } from './html.ts';
import { page, type PageOptions } from './layout.ts';
import { adminRoutes } from './routes-admin.ts';
import { customerRoutes } from './routes-customers.ts';
import { orderRoutes } from './routes-orders.ts';
import { productRoutes } from './routes-products.ts';
import { profileRoutes } from './routes-profile.ts';
import { signInRoutes } from './routes-sign-in.ts';
import { STYLE } from './style.ts';
import { traceRequests, type TracingOptions } from './tracing.ts';
import { sendCookie, visitorOf, type Visitor } from './visitor.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The name of the route's operation, for audit entries. */
    operation?: string;
    /** The role that the route requires. Default: none. */
    needs?: Role;
  }
  interface FastifyRequest {
    visitor: Visitor;
  }
  interface FastifyReply {
    /** Sends a page. */
    page(title: string, content: Html, options?: PageOptions): FastifyReply;
  }
}

/** Shared by all routes. */
export interface Shop {
  database: Database;
  audit: Audit;
  /** How long an account is locked after too many wrong passwords, in milliseconds. */
  lockMs: number;
  /** How long a session lasts, in milliseconds. */
  sessionMs: number;
}

export interface ServerOptions extends Shop {
  /** Trust X-Forwarded-For from proxies on this machine. */
  trustProxy?: boolean;
  /** Sends a span per request to this collector. Default: no spans. */
  traces?: TracingOptions;
  /** Write warnings and errors to stdout. */
  log?: boolean;
}

// The page shows a message for users; the log has the details.
function messageFor(error: FastifyError): { status: number; text: string } {
  if (error instanceof AuditError) {
    const text =
      'Nothing was changed, because the action could not be written to the audit log. Please try again later.';
    return { status: 503, text };
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return { status, text: error.message };
  return { status: 500, text: 'Something went wrong in the shop. Nothing was changed.' };
}

async function guard(request: FastifyRequest, audit: Audit): Promise<'sign-in' | 'refused' | undefined> {
  const { needs } = request.routeOptions.config;
  const { account } = request.visitor;
  if (!needs) return undefined;
  if (!account) return 'sign-in';
  if (mayActAs(account, needs)) return undefined;
  await audit.denied({
    action: 'access.denied',
    channel: 'security',
    description: `${account.name} was denied access to a page for ${needs}`,
    error: { message: `requires the role ${needs}` },
    target: { type: 'page', name: request.routeOptions.url ?? request.url },
    ...requestFields(request, { status: 403 }),
  });
  return 'refused';
}

/** Creates the shop's Fastify server, which does not listen yet. */
export function createServer(options: ServerOptions): FastifyInstance {
  const { database, audit, trustProxy = false, log = false } = options;
  const secret = randomBytes(32);
  const server = fastify({
    trustProxy: trustProxy && 'loopback',
    logger: log && { level: 'warn' },
    bodyLimit: 64 * 1024,
    routerOptions: { ignoreTrailingSlash: true },
  });
  // Reports requests that change something and record nothing.
  rememberRoutes(server);
  server.register(auditRequests, { log: server.log });
  // First, so that the span covers the whole request.
  if (options.traces) server.addHook('onClose', traceRequests(server, options.traces));
  server.register(cookie);
  server.register(formbody);
  server.decorateRequest('visitor', null as unknown as Visitor);
  server.decorateReply('page', function (title, content, pageOptions) {
    // Forms need a cookie.
    if (this.request.visitor.isNew) sendCookie(this.request, this);
    return this.type('text/html; charset=utf-8').send(page(title, content, this.request, pageOptions).text);
  });

  server.addHook('onRequest', async (request, reply) => {
    request.visitor = visitorOf(request, database.read, secret);
    reply.headers({
      'Content-Security-Policy':
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'",
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    });
    const refusal = await guard(request, audit);
    if (refusal === 'sign-in') return reply.redirect('/login', 303);
    if (refusal === 'refused') {
      return reply
        .code(403)
        .page('Not allowed', html`<p class="notice error">You do not have the role for this page.</p>`);
    }
  });

  server.addHook('preValidation', async (request, reply) => {
    if (request.method !== 'POST' || request.visitor.isOwnForm(request.body)) return;
    const text = html`<p class="notice error">
      This form has expired or was not created by this shop. Please go back and try again.
    </p>`;
    return reply.code(403).page('Form refused', text);
  });

  server.setErrorHandler(async (error: FastifyError, request, reply) => {
    const { status, text } = messageFor(error);
    if (status >= 500) request.log.error(error);
    return reply.code(status).page('Error', html`<p class="notice error" role="alert">${text}</p>`);
  });
  server.setNotFoundHandler((_request, reply) =>
    reply.code(404).page('Not found', html`<p class="notice error">Page not found.</p>`),
  );

  server.get('/style.css', (_request, reply) => reply.type('text/css').send(STYLE));
  server.get('/health', () => ({ status: 'ok' }));
  for (const routes of [signInRoutes, profileRoutes, productRoutes, orderRoutes, customerRoutes, adminRoutes]) {
    routes(server, options);
  }
  return server;
}
