import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import type { HostUser } from './plugin.ts';

/** Signs users' identities as Grafana does in `X-Grafana-Id`. */
export interface IdTokens {
  /** The public keys, served at `/api/signing-keys/keys`. */
  jwks: { keys: JWK[] };
  /** @param issuer the host's URL, with a trailing slash */
  sign(user: HostUser, orgId: number, issuer: string): Promise<string>;
}

/** Creates a key for as long as the host runs. */
export async function createIdTokens(): Promise<IdTokens> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const kid = 'host';
  return {
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }] },
    sign({ uid, login, name, email }, orgId, issuer) {
      // Claims and expiry as in Grafana's pkg/services/auth/idimpl.
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
