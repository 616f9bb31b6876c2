import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import { z } from 'zod';
import { Problem } from './problem.ts';

/** The person whom Grafana states. */
export interface GrafanaUser {
  /** Grafana's `UserUID`. */
  uid: string;
  login: string;
  name: string;
  email: string;
  orgId: number;
}

export interface GrafanaIdentityOptions {
  /** Address of Grafana as the keeper reaches it; its keys are read at `/api/signing-keys/keys`. */
  url: string;
  /** Grafana's `root_url`, the issuer of its tokens. Default: `url`. */
  issuer?: string | undefined;
  /** For tests: known keys. */
  keys?: JSONWebKeySet | undefined;
}

// pkg/services/auth/idimpl/service.go and authlib's IDTokenClaims. A service account is not a person.
const claimsSchema = z.looseObject({
  aud: z.union([
    z.string(),
    z
      .array(z.string())
      .length(1)
      .transform(([only]) => only),
  ]),
  type: z.literal('user'),
  identifier: z.string().min(1).max(200),
  username: z.string().min(1).max(500),
  name: z.string().max(500).optional(),
  email: z.string().max(500).optional(),
});

// Set by Grafana's proxy in place of the browser's header; unsigned.
const contextSchema = z.looseObject({ UserUID: z.string(), OrgID: z.number(), Login: z.string() });

const slash = (url: string) => `${url.replace(/\/+$/, '')}/`;

function contextOf(text: string | undefined): z.output<typeof contextSchema> | undefined {
  try {
    return contextSchema.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}

/**
 * Reads the person from the headers of Grafana's proxy: `X-Grafana-Id`, a JWT (ES256, ten minutes) that is verified with
 * Grafana's published keys, and `X-Grafana-Context`, which must name the same person, so that a browser cannot replay
 * another person's token.
 *
 * @throws Problem `UNAUTHENTICATED`, `KEYS_UNAVAILABLE`
 */
export class GrafanaIdentity {
  readonly #keys: JWTVerifyGetKey;
  readonly #issuer: string;

  constructor({ url, issuer, keys }: GrafanaIdentityOptions) {
    this.#issuer = slash(issuer ?? url);
    this.#keys = keys
      ? createLocalJWKSet(keys)
      : createRemoteJWKSet(new URL('api/signing-keys/keys', slash(url)), { timeoutDuration: 5_000 });
  }

  async verify(token: string | undefined, contextText: string | undefined): Promise<GrafanaUser> {
    const refuse = (reason: string, cause?: unknown) =>
      new Problem('UNAUTHENTICATED', 'Grafana did not identify the person in a trustworthy way', {
        reason,
        cause,
      });
    if (!token) throw refuse('X-Grafana-Id is missing');
    let claims;
    try {
      const options = {
        algorithms: ['ES256'],
        // The setting may lack the final slash that Grafana always adds.
        issuer: [this.#issuer, this.#issuer.slice(0, -1)],
        requiredClaims: ['exp', 'iat', 'aud', 'sub'],
        maxTokenAge: '15m',
        clockTolerance: 30,
      };
      claims = claimsSchema.safeParse((await jwtVerify(token, this.#keys, options)).payload);
    } catch (error) {
      if (isUnavailable(error)) {
        throw new Problem('KEYS_UNAVAILABLE', "Grafana's signing keys could not be read; try again soon", {
          reason: String(error),
          cause: error,
        });
      }
      throw refuse(`X-Grafana-Id: ${error instanceof Error ? error.message : String(error)}`, error);
    }
    const org = /^org:(\d{1,15})$/.exec(claims.data?.aud ?? '')?.[1];
    if (!claims.success || org === undefined) throw refuse('X-Grafana-Id does not name a person of an organization');
    const { identifier: uid, username: login, name, email } = claims.data;
    const orgId = Number(org);
    const context = contextOf(contextText);
    if (!context || context.UserUID !== uid || context.OrgID !== orgId || context.Login !== login) {
      throw refuse('X-Grafana-Context is missing, or does not name the person of X-Grafana-Id');
    }
    return { uid, login, name: name || login, email: email ?? '', orgId };
  }
}

// jose's errors of fetching the keys; all others are about the token.
function isUnavailable(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return (
    error instanceof errors.JWKSTimeout || error.code === 'ERR_JOSE_GENERIC' || error instanceof errors.JWKSInvalid
  );
}
