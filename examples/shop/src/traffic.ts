import { setTimeout as sleep } from 'node:timers/promises';
import { assertLoopback, Person } from './person.ts';
import type { SeedAccount } from './seed.ts';
import { visit, type Visit } from './visits.ts';

export interface TrafficOptions {
  /** A shop on this machine, started with `trustProxy`. */
  url: string;
  accounts: SeedAccount[];
  /** Steps (a page opened, a form sent) a second, all people together. Default 1. */
  rate?: number;
  /** Ends the traffic. */
  signal: AbortSignal;
  /** Told of what went wrong; the traffic goes on. */
  onProblem?: (error: unknown) => void;
  random?: () => number;
}

export interface TrafficReport {
  visits: number;
  steps: number;
  problems: number;
}

const BROWSERS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
];

/** The address and the browser that the account with this number always uses: from the ranges for documentation. */
export function personOf(url: string, accounts: SeedAccount[], index: number): Person {
  const account = accounts[index];
  if (!account) throw new Error(`there is no account number ${index}`);
  const ips = [`192.0.2.${index + 10}`, `198.51.100.${index + 10}`, `2001:db8::${(index + 10).toString(16)}`];
  return new Person(url, account, ips[index % 3] ?? '', BROWSERS[index % BROWSERS.length] ?? '');
}

const PEOPLE_AT_ONCE = 4;

/**
 * People in the shop, until `signal` is aborted: a few at once, each from their own address, through real HTTP.
 *
 * @returns (as a promise, when the traffic has ended) what happened.
 * @throws Error where the shop is not on this machine.
 */
export async function startTraffic(options: TrafficOptions): Promise<TrafficReport> {
  const { url, accounts, rate = 1, signal, onProblem = () => {}, random = Math.random } = options;
  assertLoopback(url);
  const report: TrafficReport = { visits: 0, steps: 0, problems: 0 };
  const inside = new Map<number, Visit>();
  while (!signal.aborted) {
    const index = Math.floor(random() * accounts.length);
    if (!inside.has(index) && inside.size < PEOPLE_AT_ONCE) {
      inside.set(index, visit(personOf(url, accounts, index), random));
      report.visits += 1;
    }
    const chosen = [...inside.keys()][Math.floor(random() * inside.size)];
    const current = chosen === undefined ? undefined : inside.get(chosen);
    if (chosen === undefined || !current) continue;
    try {
      const { done } = await current.next();
      report.steps += 1;
      if (done) inside.delete(chosen);
    } catch (error) {
      report.problems += 1;
      inside.delete(chosen);
      onProblem(error);
    }
    // People are not clocks: between half and one and a half of the mean.
    await sleep((1_000 / rate) * (0.5 + random()), undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
  return report;
}
