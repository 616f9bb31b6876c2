import { jobFields, changesOf, accountTarget, productTarget, type Audit } from './audit.ts';
import type { Database } from './database.ts';
import { listProducts, saveProduct, type Product } from './products.ts';
import { endSession, expiredSessions } from './sessions.ts';
import { runSupportAgent } from './support-agent.ts';

const RESTOCK_TO = 50;
const LOW_STOCK = 5;

async function endExpiredSessions({ database, audit }: JobParts): Promise<number> {
  return database.change(async (db) => {
    const expired = expiredSessions(db);
    for (const { id, account } of expired) {
      endSession(db, id);
      await audit.record({
        action: 'session.expired',
        channel: 'auth',
        description: `The session of ${account.name} expired`,
        target: accountTarget(account),
        source: { sessionId: id },
        ...jobFields('session-cleanup'),
      });
    }
    return expired.length;
  });
}

async function changeProduct(
  { database, audit }: JobParts,
  job: string,
  action: string,
  choose: (products: Product[]) => { product: Product; after: Partial<Product>; why: string } | undefined,
): Promise<number> {
  return database.change(async (db) => {
    const choice = choose(listProducts(db));
    if (!choice) return 0;
    const { product, why } = choice;
    const after = { ...product, ...choice.after };
    saveProduct(db, product.id, after);
    await audit.record({
      action,
      channel: 'catalogue',
      description: `${why} ${product.name}`,
      target: productTarget(product),
      changes: changesOf(product, after),
      ...jobFields(job),
    });
    return 1;
  });
}

export interface JobParts {
  database: Database;
  audit: Audit;
}

/**
 * Runs the jobs once: ends expired sessions, changes one price by up to 5 %, restocks one product, lets the support agent
 * discount one order. Records an entry for each change, and one for the run, also if it fails.
 */
export async function runJobs(parts: JobParts, random = Math.random): Promise<void> {
  const recordRun = (outcome: string, properties: Record<string, number>, error?: Error) =>
    parts.audit.record({
      action: 'jobs.finished',
      channel: 'jobs',
      description: `The nightly jobs ${outcome}`,
      properties,
      ...(error && { error: { message: error.message } }),
      ...jobFields('nightly'),
    });
  try {
    const sessions = await endExpiredSessions(parts);
    const prices = await changeProduct(parts, 'price-update', 'product.price.updated', (products) => {
      const product = products[Math.floor(random() * products.length)];
      if (!product) return undefined;
      const price = Math.max(1, Math.round(product.price * (0.95 + random() / 10)));
      return price === product.price ? undefined : { product, after: { price }, why: 'New price for' };
    });
    const restocked = await changeProduct(parts, 'restock', 'product.restocked', (products) => {
      const product = products.find(({ stock }) => stock < LOW_STOCK);
      return product && { product, after: { stock: RESTOCK_TO }, why: 'Restocked' };
    });
    const discounts = await runSupportAgent(parts, `run-${Math.floor(random() * 1_000_000)}`);
    await recordRun('finished', { sessions, prices, restocked, discounts });
  } catch (error) {
    if (error instanceof Error) await recordRun('failed', {}, error);
    throw error;
  }
}

export interface ScheduleOptions extends JobParts {
  everyMs: number;
  /** Called if a run fails. Later runs are not affected. */
  onError: (error: unknown) => void;
}

/** Runs the jobs every `everyMs`, one run at a time. @returns a function that stops and waits for the current run */
export function scheduleJobs({ everyMs, onError, ...parts }: ScheduleOptions): () => Promise<void> {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= runJobs(parts)
      .catch(onError)
      .finally(() => {
        running = undefined;
      });
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
