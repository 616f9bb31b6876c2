import type { IncomingMessage } from 'node:http';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { catchError, concat, concatMap, defer, EMPTY, from, ignoreElements, Observable } from 'rxjs';
import { currentContext, runWithContext } from '../context/request-context.ts';
import { withRequest, type Recorder } from '../context/with-request.ts';
import type { RequestOptions } from '../http/describe-request.ts';
import { incomingAuditor, type NodeResponse } from '../http/incoming-message.ts';
import { oneLine } from '../log.ts';
import { failedFields } from '../record/denial.ts';
import { auditedBy, type Audited, type AuditedCall } from './audit-decorator.ts';

export { Audit, type AuditedCall, type AuditedFields } from './audit-decorator.ts';
export type { RequestOptions } from '../http/describe-request.ts';

/** The parts of the requests of Express and Fastify that are read; those of Fastify have the request of Node in `raw`. */
interface HttpRequest extends IncomingMessage {
  raw?: IncomingMessage;
  res?: HttpResponse;
  route?: { path?: unknown };
  routeOptions?: { url?: unknown };
  params?: Record<string, string>;
  body?: unknown;
}

type HttpResponse = NodeResponse & { raw?: NodeResponse };

function routeOf({ route, routeOptions }: HttpRequest): string | undefined {
  const path = route?.path ?? routeOptions?.url;
  return typeof path === 'string' ? path : undefined;
}

/** The HTTP request and response, also of a GraphQL operation; neither for messages. */
function exchangeOf(context: ExecutionContext): [HttpRequest | undefined, HttpResponse | undefined] {
  if (context.getType() === 'http') {
    const http = context.switchToHttp();
    return [http.getRequest<HttpRequest>(), http.getResponse<HttpResponse>()];
  }
  if (context.getType<string>() !== 'graphql') return [undefined, undefined];
  const given = context.getArgByIndex<{ req?: HttpRequest; res?: HttpResponse } | undefined>(2);
  return [given?.req, given?.res ?? given?.req?.res];
}

interface Failure {
  error: { message: string; code?: string };
  status: number | undefined;
}

function failureOf(error: unknown): Failure {
  const { message, name, getStatus } = (error ?? {}) as Partial<Error> & { getStatus?: () => number };
  const failure = { message: message ?? String(error), ...(name && { code: name }) };
  return { error: failure, status: typeof getStatus === 'function' ? getStatus.call(error) : undefined };
}

/**
 * Gives each request a context, from the interceptors on, and records the handlers that have {@link Audit}.
 * If a middleware of this package is installed as well, its context is used.
 *
 * If an entry cannot be stored, this is logged and the request continues.
 *
 * @throws TypeError if an option is invalid
 * @example
 * app.useGlobalInterceptors(new AuditInterceptor(audit, { getIdentity: ({ user }) => user && { actor: user } }));
 */
export class AuditInterceptor<Req = HttpRequest> implements NestInterceptor {
  readonly #audit: Recorder;
  readonly #options: RequestOptions<Req>;
  readonly #audited: ReturnType<typeof incomingAuditor<Req>>;

  constructor(audit: Recorder, options: RequestOptions<Req> = {}) {
    this.#audit = audit;
    this.#options = options;
    this.#audited = incomingAuditor(options);
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const audited = auditedBy(context.getHandler());
    const work = () => (audited ? this.#recorded(context, audited, next) : next.handle());
    return new Observable((subscriber) => this.#inContext(context, () => work().subscribe(subscriber)));
  }

  #inContext<T>(context: ExecutionContext, work: () => T): T {
    if (currentContext()) return work();
    const [request, response] = exchangeOf(context);
    if (!request || !response) {
      // A message of a queue or socket: who sent it is not known here.
      return runWithContext({ actor: { type: 'user' } }, work);
    }
    const [message, answer] = [request.raw ?? request, response.raw ?? response];
    return this.#audited(request as Req, message, answer, () => routeOf(request)).run(work);
  }

  // The entry is written before the first value of the handler goes on, so before the response.
  #recorded(context: ExecutionContext, audited: Audited, next: CallHandler): Observable<unknown> {
    let recorded = false;
    const record = async (result: unknown, failure?: Failure) => {
      if (recorded) return;
      recorded = true;
      await this.#record(context, audited, result, failure);
    };
    const handled = next.handle().pipe(
      concatMap(async (value) => {
        await record(value);
        return value as unknown;
      }),
      catchError((error: unknown) =>
        from(
          record(undefined, failureOf(error)).then(() => {
            throw error;
          }),
        ),
      ),
    );
    const withoutValue = defer(() => (recorded ? EMPTY : from(record(undefined)).pipe(ignoreElements())));
    return concat(handled, withoutValue);
  }

  // Fields are often made from the result, which a failure does not have: its entry is recorded without them.
  #fieldsOf(action: string, fields: Audited['fields'], call: AuditedCall) {
    if (typeof fields !== 'function') return fields;
    try {
      return fields(call);
    } catch (error) {
      const { log = console } = this.#options;
      log.error(
        `auditrail: the fields of ${action} failed; its entry is recorded without them: ${oneLine(String(error))}`,
      );
      return undefined;
    }
  }

  async #record(
    context: ExecutionContext,
    { action, fields }: Audited,
    result: unknown,
    failure: Failure | undefined,
  ): Promise<void> {
    try {
      const request = context.getType() === 'http' ? context.switchToHttp().getRequest<HttpRequest>() : undefined;
      const call: AuditedCall = { request, params: request?.params ?? {}, body: request?.body, result };
      const more = this.#fieldsOf(action, fields, call);
      const { error, status } = failure ?? {};
      await withRequest(this.#audit).record({
        description: action.replaceAll(/[._]/g, ' '),
        ...more,
        action,
        ...(error && failedFields(error, status, more?.event)),
        ...((status || more?.request) && { request: { ...(status && { status }), ...more?.request } }),
      });
    } catch (error) {
      const { log = console } = this.#options;
      log.error(`auditrail: an entry of ${action} was not recorded: ${oneLine(String(error))}`);
    }
  }
}
