import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAuditLogger, type AuditEntryInput, type AuditLogger } from '@auditrail/sdk';
import { agentRun, deployment, portalVisit } from './portal.ts';

const HOUR = 3_600_000;
const HISTORY_HOURS = 24;
const STEP_MS = 7_000;

export interface PortalOptions {
  endpoint: string;
  tenant: string;
  token: string;
  /** The folder for entries that are not delivered yet. If it does not exist, a day of entries is recorded first. */
  spool: string;
  onProblem: (error: unknown) => void;
  now?: () => number;
  random?: () => number;
}

export interface RunningPortal {
  /** Waits until the history is delivered. @throws AuditError if this takes too long */
  deliver(): Promise<void>;
  stop(): Promise<void>;
}

// Few at night, most before and after noon.
const visitsAt = (hour: number) => 8 + Math.round(28 * Math.max(0, Math.sin(((hour - 6) / 14) * Math.PI)));

/** The entries of the last day, oldest first. */
export function* dayBefore(now: number, random: () => number): Generator<AuditEntryInput> {
  const day: { at: number; input: AuditEntryInput }[] = [];
  for (let back = HISTORY_HOURS; back > 0; back -= 1) {
    const from = now - back * HOUR;
    const visits = visitsAt(new Date(from).getUTCHours());
    const add = (steps: Iterable<AuditEntryInput>) => {
      let at = from + random() * HOUR;
      for (const input of steps) day.push({ at: (at += STEP_MS * (0.5 + random())), input });
    };
    for (let i = 0; i < visits; i += 1) add(portalVisit(random));
    for (let i = 0; i < 2; i += 1) add(agentRun(random));
    if (random() < 0.25) add(deployment(random));
  }
  day.sort((a, b) => a.at - b.at);
  let last = 0;
  for (const { at, input } of day) {
    const ms = Math.max(last + 1, Math.floor(at));
    if (ms >= now) return;
    last = ms;
    yield { ...input, time: new Date(ms).toISOString() };
  }
}

async function record(audit: AuditLogger, entries: Iterable<AuditEntryInput>, pauseMs: number, signal: AbortSignal) {
  for (const entry of entries) {
    if (signal.aborted) return;
    await audit.record(entry);
    if (pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * A second application of the demo, the staff portal, which exists only as its entries: second factors, impersonation, an AI
 * agent, settings, deployments. In a new data folder it also has a history of one day, so that charts have a shape.
 */
export function startPortal(options: PortalOptions): RunningPortal {
  const { spool, onProblem, now = Date.now, random = Math.random } = options;
  const isNew = !existsSync(spool);
  const audit = createAuditLogger({
    service: 'portal',
    ...{ endpoint: options.endpoint, tenant: options.tenant, token: options.token, spool },
  });
  const stopped = new AbortController();
  const { signal } = stopped;
  const history = isNew ? record(audit, dayBefore(now(), random), 0, signal) : Promise.resolve();
  const run = async () => {
    await history;
    while (!signal.aborted) {
      await record(audit, random() < 0.8 ? portalVisit(random) : agentRun(random), 2_000, signal);
      await sleep(30_000 + 30_000 * random(), undefined, { signal }).catch(() => undefined);
    }
  };
  const running = run().catch(onProblem);
  return {
    async deliver() {
      await history;
      await audit.flush();
    },
    async stop() {
      stopped.abort();
      await running;
      await audit.shutdown({ timeoutMs: 5_000 });
    },
  };
}
