import { join } from 'node:path';
import { exportEngine, serve } from 'auditrail';
import { childInput } from '../child.ts';

/** What this program is given, and what it prints when it listens. */
export interface KeeperInput {
  folder: string;
  token: string;
  intakePort: number;
  tenant: string;
  /** Address and token of the gateway, to read Loki. */
  gateway: string;
  readToken: string;
}
export interface KeeperAddress {
  url: string;
  secret: string;
}

const HOUR_MS = 3_600_000;
// With a clock that is ahead, nothing has to wait for the end of a minute before it is compared with Loki.
const AHEAD_MS = 2 * HOUR_MS;

const { folder, token, intakePort, tenant, gateway: url, readToken } = childInput<KeeperInput>();
const tokens = { of: () => readToken };
const keeper = await serve({
  ...{ folder, port: 0, collector: { url: 'http://127.0.0.1:9', tokens } },
  engine: exportEngine({ url, tokens, keyFile: join(folder, 'manifest-key.pem') }),
  intake: {
    ...{ token, port: intakePort, flushMs: 5_000, everyMs: 1_000 },
    catchUp: {
      ...{ url, tokens, tenants: [tenant], everyMs: 1_000, busyMs: 5_000 },
      timing: { graceMs: 2_000, confirmMs: 1_000, lateEveryMs: 4_000 },
    },
  },
  rates: { requests: 1e6, reads: 1e6, starts: 1e6, failures: 1e6 },
  now: () => Date.now() + AHEAD_MS,
  log: (level, event, details) => {
    if (level !== 'info') console.error(`keeper: ${event} ${JSON.stringify(details)}`);
  },
});
const expiresMs = Date.now() + AHEAD_MS + 24 * HOUR_MS;
const { secret } = keeper.tokens.create({ tenant, name: 'bench', scopes: ['entries:read'], expiresMs });
console.log(JSON.stringify({ url: keeper.url, secret } satisfies KeeperAddress));
