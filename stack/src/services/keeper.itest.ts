import { setTimeout as sleep } from 'node:timers/promises';
import { sendEntries, testEntry } from '../testing/index.ts';
import { startKeeper, type StackKeeper } from './keeper.ts';
import { freePort } from './ports.ts';
import { startStack, type RunningStack } from './stack.ts';

let stack: RunningStack;
let keeper: StackKeeper | undefined;
beforeAll(async () => {
  stack = await startStack({ keeperIntake: 'own' });
}, 60_000);
afterAll(async () => {
  await keeper?.stop();
  await stack?.stop();
}, 60_000);

async function sentToKeeper(): Promise<number> {
  const metrics = await (await fetch(stack.urls.collectorMetrics)).text();
  const line = /^otelcol_exporter_sent_log_records(?:_total)?\{.*exporter="otlp_http\/keeper".*\} (\S+)/m;
  return Number(line.exec(metrics)?.[1] ?? 0);
}

it('the keeper of the stack takes each entry, also those from before its start', async () => {
  const tenant = 'audit';
  await sendEntries(stack, tenant, [testEntry(), testEntry()]);
  keeper = await startKeeper(stack, await freePort(), tenant);
  await sendEntries(stack, tenant, [testEntry()]);
  while ((await sentToKeeper()) < 3) await sleep(100);
}, 60_000);
