/** Every way to Loki that is compared; each has its own function in `peer-child.ts`. */
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

/** How long the program took from its first entry until its logger said that it is done. */
export interface PeerResult {
  ms: number;
}
