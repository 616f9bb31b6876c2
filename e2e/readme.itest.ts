import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inRoot } from '../stack/src/index.ts';
import { waitForTrail } from '../stack/src/testing/index.ts';
import { testStack, uniqueTenant } from '../stack/src/testing/test-stack.ts';

// Runs the example of the README unchanged.
test("the README's example writes its entry", async () => {
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(inRoot('README.md'), 'utf8')) ?? [];
  expect(code).toContain('createAuditLogger');
  // Inside the repository, so that `@auditrail/sdk` is found.
  mkdirSync(inRoot('artifacts'), { recursive: true });
  const file = inRoot('artifacts/readme-example.ts');
  writeFileSync(file, code);
  const spool = mkdtempSync(join(tmpdir(), 'readme-'));
  const tenant = uniqueTenant('readme');
  const { urls, tokensFor } = testStack();
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    AUDIT_SPOOL: spool,
    AUDITRAIL_ENDPOINT: urls.collector,
    AUDITRAIL_WRITE_TOKEN: tokensFor(tenant).write,
    AUDITRAIL_TENANT: tenant,
  };
  await promisify(execFile)(process.execPath, ['--conditions=@auditrail/source', file], { env });
  // The entry, and the start and end of its chain.
  const trail = await waitForTrail(testStack(), tenant, 3);
  const entry = trail.map((line) => line.entry).find((each) => each?.channel !== 'integrity');
  expect(entry).toMatchObject({
    action: 'invoice.updated',
    service: 'billing',
    actor: { email: 'ada@example.com' },
    target: { type: 'invoice', id: '42' },
    changes: [{ path: 'amount', before: 100, after: 120 }],
  });
  rmSync(spool, { recursive: true });
});
