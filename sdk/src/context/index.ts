export { currentContext, markRecorded, runWithContext, type RequestContext } from './request-context.ts';
export { withRequest, type Recorder, type RequestEntryInput, type RequestLogger } from './with-request.ts';
export { clientReader, type Client, type ClientIpOptions, type TrustProxy } from '../http/client-ip.ts';
export type { ProxyHeader } from '../http/forwarded.ts';
export { sessionIdOf } from '../http/session-id.ts';
