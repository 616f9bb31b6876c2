import { setTimeout as sleep } from 'node:timers/promises';
import { assertLoopback, Person } from './person.ts';
import type { SeedAccount } from './seed.ts';
import { visit, type Visit } from './visits.ts';

export interface TrafficOptions {
  /** The URL of a shop on this machine, started with `trustProxy`. */
  url: string;
  accounts: SeedAccount[];
  /** Steps (open a page, send a form) per second, of all users together. Default: 1. */
  rate?: number;
  /** Stops the traffic. */
  signal: AbortSignal;
  /** Called if a step fails; the traffic continues. */
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

/** The simulated user of an account, who always has the same address (of the documentation ranges) and browser. */
export function personOf(url: string, accounts: SeedAccount[], index: number): Person {
  const account = accounts[index];
  if (!account) throw new Error(`account number ${index} does not exist`);
  const ips = [`192.0.2.${index + 10}`, `198.51.100.${index + 10}`, `2001:db8::${(index + 10).toString(16)}`];
  return new Person(url, account, ips[index % 3] ?? '', BROWSERS[index % BROWSERS.length] ?? '');
}

const MAX_CONCURRENT_USERS = 4;

/**
 * Simulates users of the shop over HTTP until `signal` is aborted: a few at a time, each from their own address.
 *
 * @returns the number of visits, steps and problems, when the traffic has stopped
 * @throws Error if the shop is not on this machine
 */
export async function startTraffic(options: TrafficOptions): Promise<TrafficReport> {
  const { url, accounts, rate = 1, signal, onProblem = () => {}, random = Math.random } = options;
  assertLoopback(url);
  const report: TrafficReport = { visits: 0, steps: 0, problems: 0 };
  const visits = new Map<number, Visit>();
  while (!signal.aborted) {
    const index = Math.floor(random() * accounts.length);
    if (!visits.has(index) && visits.size < MAX_CONCURRENT_USERS) {
      visits.set(index, visit(personOf(url, accounts, index), random));
      report.visits += 1;
    }
    const chosen = [...visits.keys()][Math.floor(random() * visits.size)];
    const current = chosen === undefined ? undefined : visits.get(chosen);
    if (chosen === undefined || !current) continue;
    try {
      const { done } = await current.next();
      report.steps += 1;
      if (done) visits.delete(chosen);
    } catch (error) {
      report.problems += 1;
      visits.delete(chosen);
      onProblem(error);
    }
    // Randomized between 0.5 and 1.5 times the mean.
    await sleep((1_000 / rate) * (0.5 + random()), undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
  return report;
}
