import { createHmac, createPrivateKey, createSecretKey, sign, type KeyObject } from 'node:crypto';
import { ATTRIBUTES, AuditError, statementText, type AuditEntry, type JsonValue } from '@auditrail/core';
import { INTEGRITY, lineHash } from './chain.ts';

/** A secret of HMAC-SHA-256: without it, nobody can write or rewrite a chain undetected. */
export interface IntegrityKey {
  /** Is in every entry, so that a verifier knows which secret to use. Never reuse an id for another secret. */
  id: string;
  /**
   * 32 bytes or more, for example from `openssl rand -base64 32`; a string is used as its UTF-8 bytes. `undefined`, for example
   * from a variable that is not set, is refused at start.
   */
  secret: string | Uint8Array | undefined;
}

/** An Ed25519 key: with its public half, anyone can verify checkpoints, and nobody can create one. */
interface IntegritySigner {
  id: string;
  /** PEM (PKCS#8, from `openssl genpkey -algorithm ed25519`) or a KeyObject. */
  privateKey: string | KeyObject;
}

/** How the chain is protected; by default, by plain SHA-256. SECURITY.md describes what each option can prove. */
export interface IntegrityOptions {
  key?: IntegrityKey | undefined;
  /** Keys that were in use before: needed once after a change of the key, to name the predecessor with its hash. */
  previousKeys?: readonly IntegrityKey[] | undefined;
  signer?: IntegritySigner | undefined;
  /**
   * Writes a checkpoint after this many entries, and this long after the first entry without one. Default 1,000 entries and
   * 60,000 ms with a signer or a key, otherwise none. Each costs an Ed25519 signature (about 25 µs) and an entry.
   */
  checkpointEvery?: { entries?: number; ms?: number } | undefined;
  /**
   * Whether a process that records entries marks the start of its chain, naming the previous one, and its end at `shutdown()`.
   * Without the marks, a removal of the last entries of a chain is not detected. Default true; use false for a command that
   * runs every minute and writes one entry.
   */
  marks?: boolean | undefined;
}

/** Computes the digest of a line, for the next entry's `chain.prev` and for the receipt. */
export interface Digest {
  algorithm: 'sha256' | 'hmac-sha256';
  keyId: string | undefined;
  /** 64 hex digits. */
  digest: (line: string) => string;
}

const MIN_SECRET_BYTES = 32;

function unusable(id: string, problem: string, cause?: unknown): AuditError {
  return new AuditError('INVALID_KEY', `the integrity key ${id} cannot be used: ${problem}`, cause ? { cause } : {});
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
 * The digest of entries with this key; without one, SHA-256.
 *
 * @throws AuditError `INVALID_KEY`
 * @example const { keyId, digest } = createDigest({ key: { id: 'k1', secret } });
 */
export function createDigest({ key }: IntegrityOptions): Digest {
  return key ? hmacDigest(key) : PLAIN_DIGEST;
}

/** The digest of entries with this key id; `undefined` if the key is not available. */
export function digestFor(keyId: string | undefined, { key, previousKeys = [] }: IntegrityOptions): Digest | undefined {
  if (keyId === undefined) return PLAIN_DIGEST;
  const known = [...(key ? [key] : []), ...previousKeys].find(({ id }) => id === keyId);
  return known && hmacDigest(known);
}

/** Signs a statement about a chain: returns its properties, with `signature` added if there is a key to sign with. */
export type SignStatement = (action: string, body: Record<string, JsonValue>) => Record<string, JsonValue>;

function privateKeyOf({ id, privateKey }: IntegritySigner): KeyObject {
  let key: KeyObject;
  try {
    key = typeof privateKey === 'string' ? createPrivateKey(privateKey) : privateKey;
  } catch (cause) {
    throw unusable(id, 'it is not a private key in PEM', cause);
  }
  if (key.type !== 'private' || key.asymmetricKeyType !== 'ed25519')
    throw unusable(id, 'it is not an Ed25519 private key');
  return key;
}

/**
 * Signs with the signer (Ed25519), otherwise with the key (HMAC-SHA-256), otherwise not at all.
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
 * The attributes that state how an entry is protected. They are omitted if the entry has another key than the digest (it was
 * in the spool while the key changed): the line is the evidence.
 */
export function integrityAttributes(line: string, entry: AuditEntry, digest: Digest): Record<string, string> {
  if (entry.chain?.keyId !== digest.keyId) return {};
  return {
    [ATTRIBUTES.integrityValue]: digest.digest(line),
    [ATTRIBUTES.integrityAlgorithm]: digest.algorithm,
    [ATTRIBUTES.integrityCanonicalization]: INTEGRITY.canonicalization,
  };
}
