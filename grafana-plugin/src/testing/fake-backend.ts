import { of, throwError, type Observable } from 'rxjs';
import type { BackendSrv, BackendSrvRequest } from '@grafana/runtime';

/** What Grafana answers: a body, or an error as its `fetch` has it. */
export type Reply = { data: unknown } | { status: number; statusText?: string; data?: unknown };

/** Grafana's `getBackendSrv()` with answers of the test's own. */
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
