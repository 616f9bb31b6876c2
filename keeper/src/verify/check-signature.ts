import { createPublicKey, type KeyObject } from 'node:crypto';
import { keyIdOf } from '../export/signer.ts';
import { UsageError } from '../terminal/usage-error.ts';

function publicKeyOf([id, pem]: [string, string]): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new UsageError(`the public key ${id} is not a key in PEM`, { cause });
  }
}

/**
 * Checks the signature of a manifest with the given keys.
 *
 * @param keys Ed25519 public keys in PEM; the id is the caller's own
 * @param isSignedBy whether a signature of the manifest is valid for a key
 * @throws UsageError for a key that is not one
 */
export function checkSignature(
  signature: { keyId: string; value: string } | undefined,
  keys: Record<string, string>,
  isSignedBy: (value: string, key: KeyObject) => boolean,
): { finding?: string; undecided?: string } {
  const known = Object.entries(keys).map(publicKeyOf);
  if (!signature) {
    const text = 'The manifest has no signature: anyone who can change the files can change the manifest, too.';
    return known.length > 0 ? { finding: text } : { undecided: text };
  }
  if (known.length === 0) {
    return {
      undecided: `The manifest is signed by the key ${signature.keyId}, which was not given: --public-key ID=FILE.`,
    };
  }
  const key = known.find((each) => keyIdOf(each) === signature.keyId);
  if (!key) return { finding: `The manifest is signed by the key ${signature.keyId}, not by one of the given keys.` };
  if (isSignedBy(signature.value, key)) return {};
  return {
    finding: 'The signature does not match the manifest: it was changed, or the signature belongs to something else.',
  };
}
