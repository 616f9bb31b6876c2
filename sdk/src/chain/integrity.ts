import { createHmac, createPrivateKey, createSecretKey, sign, type KeyObject } from 'node:crypto';
import { ATTRIBUTES, AuditError, statementText, type AuditEntry, type JsonValue } from '@auditrail/core';
import { INTEGRITY, lineHash } from './chain.ts';

/** A secret of HMAC-SHA-256: whoever does not have it can neither write nor rewrite a chain unnoticed. */
export interface IntegrityKey {
  /** Stands in every entry, so that a verifier knows which secret to take. Never use an id again for another secret. */
  id: string;
  /**
   * 32 bytes or more, such as of `openssl rand -base64 32`; a text is taken as its UTF-8 bytes. `undefined`, such as of a
   * variable that is not set, is refused at start.
   */
  secret: string | Uint8Array | undefined;
}

/** An Ed25519 key: its public half lets anyone check the checkpoints, and nobody make one. */
interface IntegritySigner {
  id: string;
  /** PEM (PKCS#8, of `openssl genpkey -algorithm ed25519`) or a KeyObject. */
  privateKey: string | KeyObject;
}

/** How the chain is protected. Without any of it, it is plain SHA-256; see SECURITY.md for what each can prove. */
export interface IntegrityOptions {
  key?: IntegrityKey | undefined;
  /** Keys that were in use before: needed once after a change, to name the predecessor with its hash. */
  previousKeys?: readonly IntegrityKey[] | undefined;
  signer?: IntegritySigner | undefined;
  /**
   * A checkpoint after so many entries, and so long after the first entry without one. Default 1,000 entries and 60,000 ms
   * where there is a signer or a key, else none. One costs an Ed25519 signature (about 25 µs) and an entry.
   */
  checkpointEvery?: { entries?: number; ms?: number } | undefined;
  /**
   * Whether a process that records anything marks the start of its chain, naming the one before it, and its end at
   * `shutdown()`: without the marks nobody sees that the last entries of a chain were taken away. Default true; false for
   * a command that runs every minute and writes one entry.
   */
  marks?: boolean | undefined;
}

/** Takes the digest of a line, for the next entry's `chain.prev` and for the receipt. */
export interface Digest {
  algorithm: 'sha256' | 'hmac-sha256';
  keyId: string | undefined;
  /** 64 hex digits. */
  digest: (line: string) => string;
}

const MIN_SECRET_BYTES = 32;

function unusable(id: string, why: string, cause?: unknown): AuditError {
  return new AuditError('INVALID_KEY', `the integrity key ${id} cannot be used: ${why}`, cause ? { cause } : {});
}

function hmacDigest({ id, secret }: IntegrityKey): Digest {
  if (!id) throw unusable('""', 'it needs an id');
  if (secret === undefined) throw unusable(id, 'its secret is missing');
  const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : secret;
  if (bytes.length < MIN_SECRET_BYTES)
    throw unusable(id, `its secret has ${bytes.length} bytes, under ${MIN_SECRET_BYTES}`);
  const key = createSecretKey(bytes);
  return {
    algorithm: 'hmac-sha256',
    keyId: id,
    digest: (line) => createHmac('sha256', key).update(line, 'utf8').digest('hex'),
  };
}

/** SHA-256, without any key. */
export const PLAIN_DIGEST: Digest = { algorithm: 'sha256', keyId: undefined, digest: lineHash };

/**
 * The digest of entries that bear this key; without one, SHA-256.
 *
 * @throws AuditError `INVALID_KEY`
 * @example const { keyId, digest } = createDigest({ key: { id: 'k1', secret } });
 */
export function createDigest({ key }: IntegrityOptions): Digest {
  return key ? hmacDigest(key) : PLAIN_DIGEST;
}

/** The digest that an entry with this key id had, or `undefined` where the key is not at hand. */
export function digestFor(keyId: string | undefined, { key, previousKeys = [] }: IntegrityOptions): Digest | undefined {
  if (keyId === undefined) return PLAIN_DIGEST;
  const known = [...(key ? [key] : []), ...previousKeys].find(({ id }) => id === keyId);
  return known && hmacDigest(known);
}

/** Signs statements about a chain: their properties, with `signature` added where there is a key to sign with. */
export type SignStatement = (action: string, body: Record<string, JsonValue>) => Record<string, JsonValue>;

function privateKeyOf({ id, privateKey }: IntegritySigner): KeyObject {
  let key: KeyObject;
  try {
    key = typeof privateKey === 'string' ? createPrivateKey(privateKey) : privateKey;
  } catch (cause) {
    throw unusable(id, 'it is no private key in PEM', cause);
  }
  if (key.type !== 'private' || key.asymmetricKeyType !== 'ed25519') throw unusable(id, 'it is no Ed25519 private key');
  return key;
}

/**
 * Signs with the signer (Ed25519), else with the key (HMAC-SHA-256), else not at all.
 *
 * @throws AuditError `INVALID_KEY`
 */
export function createSigner({ key, signer }: IntegrityOptions): SignStatement {
  if (signer) {
    const privateKey = privateKeyOf(signer);
    return (action, body) => {
      const value = sign(null, Buffer.from(statementText(action, body)), privateKey).toString('base64url');
      return { ...body, signature: { algorithm: 'ed25519', keyId: signer.id, value } };
    };
  }
  if (!key) return (_, body) => body;
  const { digest } = hmacDigest(key);
  return (action, body) => {
    const value = Buffer.from(digest(statementText(action, body)), 'hex').toString('base64url');
    return { ...body, signature: { algorithm: 'hmac-sha256', keyId: key.id, value } };
  };
}

/**
 * The attributes that say how an entry is protected. The line is the evidence: where the entry bears another key than the
 * digest's (it waited in the spool while the key was changed), they are left out.
 */
export function integrityAttributes(line: string, entry: AuditEntry, digest: Digest): Record<string, string> {
  if (entry.chain?.keyId !== digest.keyId) return {};
  return {
    [ATTRIBUTES.integrityValue]: digest.digest(line),
    [ATTRIBUTES.integrityAlgorithm]: digest.algorithm,
    [ATTRIBUTES.integrityCanonicalization]: INTEGRITY.canonicalization,
  };
}
