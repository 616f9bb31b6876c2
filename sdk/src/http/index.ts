export { currentContext, runWithContext, type RequestContext } from './request-context.ts';
export { withRequest, type Recorder, type RequestEntryInput, type RequestLogger } from './with-request.ts';
export { clientReader, type Client, type ClientIpOptions, type TrustProxy } from './client-ip.ts';
export type { ProxyHeader } from './forwarded.ts';
export { sessionIdOf } from './session-id.ts';
