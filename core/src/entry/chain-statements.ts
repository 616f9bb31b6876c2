import * as z from 'zod/mini';
import { canonicalJson } from './canonical-json.ts';
import type { AuditEntry } from './entry.ts';

/** The channel of an emitter's statements about its own chain. */
export const CHAIN_CHANNEL = 'integrity';

/** An emitter's statements about its own chain: actions of entries that are links of the chain themselves. */
export const CHAIN_ACTIONS = {
  /** A new stream; names the one before it, which a crash may have left without an end. */
  started: 'audit.chain.started',
  /** The last entry of a stream, on a clean shutdown. */
  ended: 'audit.chain.ended',
  /** The entries that follow have another key. */
  rekeyed: 'audit.chain.rekeyed',
  /** Signed tips: nobody without the private key can change the entries at or before them. */
  checkpoint: 'audit.chain.checkpoint',
} as const;

const tip = z.strictObject({
  stream: z.string().check(z.minLength(1)),
  seq: z.int().check(z.minimum(1)),
  hash: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
});

const signature = z.strictObject({
  algorithm: z.enum(['ed25519', 'hmac-sha256']),
  keyId: z.string().check(z.minLength(1)),
  /** base64url, without padding. */
  value: z.string().check(z.regex(/^[A-Za-z0-9_-]+$/)),
});

const properties = z.looseObject({
  tips: z.optional(z.array(tip)),
  predecessor: z.optional(z.partial(tip, { hash: true })),
  rekey: z.optional(z.strictObject({ from: z.nullable(z.string()), to: z.string().check(z.minLength(1)) })),
  signature: z.optional(signature),
});

/** An entry's number in a chain, and its hash. */
export type Tip = z.output<typeof tip>;

/** The last known entry of the stream before; without a hash if its key is no longer available. */
export type Predecessor = Omit<Tip, 'hash'> & { hash?: string | undefined };

type StatementSignature = z.output<typeof signature>;

/** The content of one of the {@link CHAIN_ACTIONS}. */
export interface Statement {
  action: string;
  tips: Tip[];
  predecessor?: Predecessor;
  rekey?: { from: string | null; to: string };
  signature?: StatementSignature;
  /** What was signed. */
  signedText: string;
}

/** The text that is signed: canonical JSON of the action and the properties, without the signature itself. */
export function statementText(action: string, body: Record<string, unknown>): string {
  return canonicalJson({ ...body, signature: undefined, action });
}

const ACTIONS: ReadonlySet<string> = new Set(Object.values(CHAIN_ACTIONS));

/** The statement of an entry; `undefined` if its action is not a statement, `unreadable` if its properties do not fit. */
export function statementOf({ action, channel, properties: stated }: AuditEntry): Statement | 'unreadable' | undefined {
  if (channel !== CHAIN_CHANNEL || !ACTIONS.has(action)) return undefined;
  const result = properties.safeParse(stated ?? {});
  if (!result.success) return 'unreadable';
  const { tips = [], predecessor, rekey, signature: signed } = result.data;
  return {
    action,
    tips,
    ...(predecessor && { predecessor }),
    ...(rekey && { rekey }),
    ...(signed && { signature: signed }),
    signedText: statementText(action, stated ?? {}),
  };
}
