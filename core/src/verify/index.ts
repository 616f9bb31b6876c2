export { checkChainAround, type ChainAround, type ChainState } from './chain-around.ts';
export type { Finding, FindingKind } from './findings.ts';
export type { StreamReport, StreamTail } from './stream-trail.ts';
export type { Secret } from './trail-crypto.ts';
export { verifyTrail, type Undecided, type VerifyOptions, type VerifyReport } from './verify-trail.ts';
