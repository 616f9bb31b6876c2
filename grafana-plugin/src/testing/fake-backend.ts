import { of, throwError, type Observable } from 'rxjs';
import type { BackendSrv, BackendSrvRequest } from '@grafana/runtime';

/** A response of Grafana: a body, or an error of its `fetch`. */
export type Reply = { data: unknown } | { status: number; statusText?: string; data?: unknown };

/** Grafana's `getBackendSrv()` with responses of the test. */
export class FakeBackend {
  readonly requests: BackendSrvRequest[] = [];
  reply: (request: BackendSrvRequest) => Observable<unknown> | Reply = () => ({ data: {} });

  fetch(request: BackendSrvRequest): Observable<unknown> {
    this.requests.push(request);
    const reply = this.reply(request);
    if ('subscribe' in reply) return reply;
    return 'status' in reply ? throwError(() => ({ config: request, ...reply })) : of(reply);
  }

  get service(): BackendSrv {
    return { fetch: this.fetch.bind(this) } as unknown as BackendSrv;
  }
}
