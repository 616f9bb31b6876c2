import { AuditError } from '../errors.ts';
import type { Statement } from '../entry/chain-statements.ts';

/** A secret as configured: a text is used as its UTF-8 bytes. */
export type Secret = string | Uint8Array<ArrayBuffer>;

export interface TrailKeys {
  /** Secrets of HMAC-SHA-256, by key id. */
  keys?: Readonly<Record<string, Secret>> | undefined;
  /** Ed25519 public keys in PEM (SPKI), by key id. */
  publicKeys?: Readonly<Record<string, string>> | undefined;
}

/** The result of checking a signature; `unknown-key`: the verifier does not have the key. */
export type SignatureCheck = 'good' | 'bad' | 'none' | 'unknown-key';

/** Hashes and signatures by WebCrypto: the same in Node and in a browser. */
export interface TrailCrypto {
  /** Digest of a line: HMAC-SHA-256 with a key id, else SHA-256; `undefined` if that key was not given. */
  digest(line: string, keyId: string | undefined): Promise<string | undefined>;
  check(statement: Statement): Promise<SignatureCheck>;
}

const encoder = new TextEncoder();
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex(bytes: ArrayBuffer): string {
  let text = '';
  for (const byte of new Uint8Array(bytes)) text += HEX[byte];
  return text;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/').replace(/\s+/g, ''));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function subtleCrypto(): SubtleCrypto {
  // Browsers have it on HTTPS and on localhost only.
  const { subtle } = globalThis.crypto as { subtle?: SubtleCrypto };
  if (subtle) return subtle;
  throw new AuditError(
    'CRYPTO_UNAVAILABLE',
    'this page has no WebCrypto: open it over HTTPS (or on localhost) to verify',
  );
}

async function importEach<T, K>(given: Readonly<Record<string, T>>, load: (value: T) => Promise<K>) {
  const loaded = new Map<string, K>();
  for (const [id, value] of Object.entries(given)) {
    try {
      loaded.set(id, await load(value));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new AuditError('INVALID_KEY', `the key ${id} cannot be used: ${reason}`, { cause });
    }
  }
  return loaded;
}

/**
 * Imports the keys.
 *
 * @throws AuditError `INVALID_KEY` for a key that cannot be read, `CRYPTO_UNAVAILABLE` in a browser without HTTPS.
 */
export async function trailCrypto({ keys = {}, publicKeys = {} }: TrailKeys): Promise<TrailCrypto> {
  const subtle = subtleCrypto();
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const secrets = await importEach(keys, (secret) =>
    subtle.importKey('raw', typeof secret === 'string' ? encoder.encode(secret) : secret, hmac, false, [
      'sign',
      'verify',
    ]),
  );
  const publics = await importEach(publicKeys, (pem) =>
    subtle.importKey('spki', fromBase64(pem.replace(/-----[^-]+-----/g, '')), { name: 'Ed25519' }, false, ['verify']),
  );
  return {
    async digest(line, keyId) {
      const bytes = encoder.encode(line);
      if (keyId === undefined) return hex(await subtle.digest('SHA-256', bytes));
      const secret = secrets.get(keyId);
      return secret && hex(await subtle.sign('HMAC', secret, bytes));
    },
    async check({ signature, signedText }) {
      if (!signature) return 'none';
      const key = (signature.algorithm === 'ed25519' ? publics : secrets).get(signature.keyId);
      if (!key) return 'unknown-key';
      const algorithm = signature.algorithm === 'ed25519' ? { name: 'Ed25519' } : hmac;
      let value: Uint8Array<ArrayBuffer>;
      try {
        value = fromBase64(signature.value);
      } catch {
        // Not base64, so not a signature.
        return 'bad';
      }
      return (await subtle.verify(algorithm, key, value, encoder.encode(signedText))) ? 'good' : 'bad';
    },
  };
}
