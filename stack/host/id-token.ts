import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import type { HostUser } from './plugin.ts';

/** Signs who asks, as Grafana does in `X-Grafana-Id`, and publishes the key for it. */
export interface IdTokens {
  /** What Grafana answers at `/api/signing-keys/keys`. */
  jwks: { keys: JWK[] };
  /** @param issuer the host's address, with a slash at the end */
  sign(user: HostUser, orgId: number, issuer: string): Promise<string>;
}

/** A new key, which lives as long as the host. */
export async function createIdTokens(): Promise<IdTokens> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const kid = 'host';
  return {
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }] },
    sign({ uid, login, name, email }, orgId, issuer) {
      // The claims of Grafana's pkg/services/auth/idimpl; ten minutes, as there.
      const claims = { identifier: uid, type: 'user', namespace: 'default', username: login, name, email };
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid, typ: 'jwt' })
        .setIssuer(issuer)
        .setAudience(`org:${orgId}`)
        .setSubject(`user:${uid}`)
        .setIssuedAt()
        .setExpirationTime('10m')
        .sign(privateKey);
    },
  };
}
