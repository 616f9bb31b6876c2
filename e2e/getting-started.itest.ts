import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRoot, testStack, uniqueTenant } from '@auditrail/stack';
import { waitForTrail } from '@auditrail/stack/testing';
import { run } from '../stack/src/install/run.ts';

// What a beginner types, step by step.
const page = readFileSync(inRoot('docs/getting-started.md'), 'utf8');
const code = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block).join('\n');
const stack = testStack();
const SOURCE = '--conditions=@auditrail/source';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'auditrail-getting-started-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('the guide writes entries that are stored, redacted and verified', async () => {
  const tenant = uniqueTenant('guide');
  const tokens = stack.tokensFor(tenant);
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    AUDITRAIL_ENDPOINT: stack.urls.gateway,
    AUDITRAIL_WRITE_TOKEN: tokens.write,
    AUDITRAIL_READ_TOKEN: tokens.read,
  };
  const text = code
    .replace('./data/audit-spool', join(folder, 'spool'))
    .replace("service: 'billing',", `service: 'billing', tenant: '${tenant}',`);
  const program = await run(process.execPath, [SOURCE, '--input-type=module-typescript', '-e', text], {
    cwd: inRoot('sdk'),
    env,
  });
  expect(program).toMatchObject({ code: 0, log: '' });

  // Three entries, and those of the chain's start and end.
  const entries = (await waitForTrail(stack, tenant, 5)).flatMap(({ entry }) => entry ?? []).reverse();
  const [updated, refunded, denied] = entries.filter(({ channel }) => channel === 'invoice');
  expect(updated).toMatchObject({ action: 'invoice.updated', properties: { password: '[redacted]' } });
  expect(refunded).toMatchObject({
    actor: { type: 'agent', name: 'support-bot', agent: { model: 'support-small' } },
    onBehalfOf: [{ name: 'Ada Lovelace' }],
    reason: 'Duplicate payment, ticket OPS-7',
    related: [{ type: 'payment', id: 'p-1' }],
  });
  expect(denied).toMatchObject({ event: 'denied', outcome: 'failure', error: { code: 'DENIED' } });

  const verify = ['verify', '--url', stack.urls.gateway, '--tenant', tenant, '--from', '1h'];
  const command = [SOURCE, inRoot('keeper/src/cli.ts'), ...verify];
  const early = await run(process.execPath, command, { env });
  expect(early).toMatchObject({ code: 2, output: expect.stringContaining('--to now includes them') as string });
  const checked = await run(process.execPath, [...command, '--to', 'now'], { env });
  expect(checked.output).toContain('OK');
  expect(checked.code).toBe(0);
}, 60_000);
