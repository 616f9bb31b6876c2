import { join } from 'node:path';
import { exportEngine, serve } from 'auditrail';
import { keepHeapSmall } from '../../../keeper/src/export/small-heap.ts';
import { childInput } from '../child.ts';

/** What this program is given, and what it prints when it listens. */
export interface KeeperInput {
  folder: string;
  token: string;
  tenant: string;
}
export interface KeeperAddress {
  url: string;
  intakeUrl: string;
  secret: string;
}

// As auditrail serve does.
keepHeapSmall();

// A keeper in a process of its own, so that its memory can be measured. Nothing of it is in use but intake and reading.
const { folder, token, tenant } = childInput<KeeperInput>();
const nobody = { url: 'http://127.0.0.1:9', tokens: { of: () => 'unused' } };
const keeper = await serve({
  ...{ folder, port: 0, collector: nobody },
  engine: exportEngine({ ...nobody, keyFile: join(folder, 'manifest-key.pem') }),
  // Days that are over are closed as soon as possible.
  intake: { token, port: 0, flushMs: 2_000, settleMs: 2_000, everyMs: 500 },
  rates: { requests: 1e6, reads: 1e6, starts: 1e6, failures: 1e6 },
  log: (level, event, details) => {
    if (level === 'error') console.error(event, details);
  },
});
const expiresMs = Date.now() + 24 * 3_600_000;
const { secret } = keeper.tokens.create({ tenant, name: 'bench', scopes: ['entries:read'], expiresMs });
const address: KeeperAddress = { url: keeper.url, intakeUrl: keeper.intakeUrl ?? '', secret };
console.log(JSON.stringify(address));
