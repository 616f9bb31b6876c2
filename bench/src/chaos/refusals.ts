import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, FaultyProxy } from '@auditrail/stack/testing';

/** Responses of a proxy instead of Loki: refusals, and successes without storing anything. */
const FAULTS: Fault[] = [
  { status: 429 },
  { status: 500, body: 'no' },
  { status: 503 },
  { status: 401, body: 'no' },
  { status: 404, body: 'no' },
  { status: 400, type: 'text/html', body: '<html>Bad request' },
  { status: 204 },
  { status: 260 },
  { status: 200, type: 'text/html', body: '<html>Please sign in' },
  { status: 200, type: 'application/json', body: '{}' },
];

/** For `ms` milliseconds, half of the requests get one of these responses. */
export async function refuseFor(proxy: FaultyProxy, ms: number, random: () => number): Promise<void> {
  proxy.fail(() => (random() < 0.5 ? FAULTS[Math.floor(random() * FAULTS.length)] : undefined));
  await sleep(ms);
  proxy.fail();
}
