/** The compared loggers; each has a function in `peer-child.ts`. */
export const PEERS = ['auditrail', 'otel_batch', 'winston_loki', 'pino_loki'] as const;
export type Peer = (typeof PEERS)[number];

export interface PeerInput {
  peer: Peer;
  entries: number;
  folder: string;
  tenant: string;
  collector: string;
  token: string;
  loki: string;
}

/** The time from the first entry until the logger is closed. */
export interface PeerResult {
  ms: number;
}
