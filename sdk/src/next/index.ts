import { headers as requestHeaders } from 'next/headers.js';
import type { NextRequest } from 'next/server.js';
import { oneLine } from '../log.ts';
import type { Identity } from '../record/acting.ts';
import { nextRoute } from './next-route.ts';
import { requestAuditor, type RequestFacts, type RequestOptions } from '../http/describe-request.ts';

/** What is known of a call. A server action has the headers of its request, and no more. */
export interface NextCall {
  headers: Headers;
  /** The request of a route handler. */
  request: Request | undefined;
}

type FoundIdentity = Identity | null | undefined;

export interface NextRequestOptions extends Omit<RequestOptions<NextCall>, 'getIdentity'> {
  /** As in the other adapters, and may be asynchronous, because it runs before the handler. */
  getIdentity?: ((call: NextCall) => FoundIdentity | Promise<FoundIdentity>) | undefined;
}

interface Call extends NextCall {
  identity: FoundIdentity;
}

type RouteContext = { params?: Promise<Record<string, string | string[] | undefined>> } | undefined;

/** Wrappers that give the calls of a Next.js application a context. */
export interface NextWrappers {
  /** For route handlers. The route is the pattern of the handler's file: `/orders/[id]`. */
  route: <Req extends Request, C extends RouteContext, R extends Response>(
    handler: (request: Req, context: C) => R | Promise<R>,
  ) => (request: Req, context: C) => Promise<R>;
  /** For server actions; `name` is recorded as the route. */
  action: <A extends unknown[], R>(name: string, work: (...args: A) => Promise<R>) => (...args: A) => Promise<R>;
}

// Next.js throws for `redirect()` and `notFound()`, with the status in `digest`: `NEXT_REDIRECT;replace;/orders;307;`.
function thrownStatus(error: unknown): number {
  const { digest } = (error ?? {}) as { digest?: unknown };
  const [, status] =
    /^NEXT_(?:REDIRECT;.*|HTTP_ERROR_FALLBACK);(\d{3});?$/s.exec(typeof digest === 'string' ? digest : '') ?? [];
  return status === undefined ? 500 : Number(status);
}

/**
 * Gives route handlers and server actions of Next.js a context. For the Node.js runtime. Next.js does not provide the address of
 * the connection: set `trustProxy` to the number of proxies in front of it, or entries have no address.
 *
 * @throws TypeError if an option is invalid
 * @example
 * export const { route, action } = auditRequests({ trustProxy: 1, getIdentity: async () => identityOf(await auth()) });
 *
 * // app/orders/[id]/route.ts
 * export const POST = route(async (request, { params }) => {
 *   await audit.record({ action: 'order.updated', description: `Order ${(await params).id} changed` });
 *   return Response.json({});
 * });
 */
export function auditRequests(options: NextRequestOptions = {}): NextWrappers {
  const { getIdentity, log = console, ...others } = options;
  const audited = requestAuditor<Call>({
    ...others,
    log,
    getIdentity: ({ identity }) => identity,
  });
  const readIdentity = async (call: NextCall): Promise<FoundIdentity> => {
    try {
      return await getIdentity?.(call);
    } catch (error) {
      log.error(
        `auditrail: getIdentity failed; entries of this request are recorded without it: ${oneLine(String(error))}`,
      );
      return undefined;
    }
  };
  const run = async <R>(
    call: NextCall,
    facts: Pick<RequestFacts, 'method' | 'path' | 'route'>,
    work: () => R | Promise<R>,
  ): Promise<R> => {
    let status: number | undefined;
    const header = (name: string) => call.headers.get(name) ?? undefined;
    const request = audited(
      { ...call, identity: await readIdentity(call) },
      { ...facts, peer: undefined, header, status: () => status },
    );
    try {
      const result = await request.run(work);
      // A server action has no status of its own: one that returns has succeeded.
      status = result instanceof Response ? result.status : 200;
      return result;
    } catch (error) {
      status = thrownStatus(error);
      throw error;
    } finally {
      void request.end?.();
    }
  };

  return {
    route: (handler) => async (request, context) => {
      const { method, headers } = request;
      // Routes of Next.js are below the option `basePath`, which only its own URL leaves out.
      const { pathname: path } = (request as Partial<NextRequest>).nextUrl ?? new URL(request.url);
      const pattern = await nextRoute(path, (await context?.params) ?? {});
      const facts = { method, path, route: () => pattern };
      return run({ headers, request }, facts, () => handler(request, context));
    },
    action:
      (name, work) =>
      async (...args) => {
        const headers = new Headers(await requestHeaders());
        return run({ headers, request: undefined }, { method: 'POST', path: name, route: () => name }, () =>
          work(...args),
        );
      },
  };
}
