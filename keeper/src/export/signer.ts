import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AuditError } from '@auditrail/core';

/** The keeper's Ed25519 key. */
export interface ManifestSigner {
  /** Derived from the public key: the same key has the same id everywhere. */
  keyId: string;
  privateKey: KeyObject;
  /** PEM (SPKI); publish it for verifiers, but not beside the exports. */
  publicKey: string;
}

/** The first 16 hex digits of the SHA-256 of a public key's DER form. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
}

/**
 * A signer from a private key in PEM (PKCS#8, as `openssl genpkey -algorithm ed25519` writes it).
 *
 * @throws AuditError `INVALID_KEY`
 */
export function manifestSigner(pem: string): ManifestSigner {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (cause) {
    throw new AuditError('INVALID_KEY', 'the signing key is not a private key in PEM', { cause });
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new AuditError('INVALID_KEY', 'the signing key is not an Ed25519 key: openssl genpkey -algorithm ed25519');
  }
  const publicKey = createPublicKey(privateKey);
  return {
    keyId: keyIdOf(publicKey),
    privateKey,
    publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })),
  };
}

/**
 * The signer whose key is in a file. If the file is missing, a key is created, readable by its owner only, with the
 * public half beside it in `<file>.pub`; `isNew` is then true, because the public key has to be published.
 *
 * @throws AuditError `INVALID_KEY`, or what the file system throws
 */
export function loadSigner(file: string): { signer: ManifestSigner; isNew: boolean } {
  if (existsSync(file)) return { signer: manifestSigner(readFileSync(file, 'utf8')), isNew: false };
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const pem = String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  try {
    // Another process may have created one in the meantime: the first one stays.
    writeFileSync(file, pem, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { signer: manifestSigner(readFileSync(file, 'utf8')), isNew: false };
  }
  const signer = manifestSigner(pem);
  writeFileSync(`${file}.pub`, signer.publicKey, { mode: 0o644 });
  return { signer, isNew: true };
}
