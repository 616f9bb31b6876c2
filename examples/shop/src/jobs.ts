import { byJob, changesOf, personTarget, productTarget, type Audit } from './audit.ts';
import type { Database } from './database.ts';
import { listProducts, saveProduct, type Product } from './products.ts';
import { endSession, expiredSessions } from './sessions.ts';

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
        description: `The session of ${account.name} ended by itself`,
        target: personTarget(account),
        source: { sessionId: id },
        ...byJob('session-cleanup'),
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
      ...byJob(job),
    });
    return 1;
  });
}

export interface JobParts {
  database: Database;
  audit: Audit;
}

/**
 * One run of what a shop does at night: ends expired sessions, sets one price by up to 5 %, fills the shelves. Each change
 * is an entry of the system, and so is the run itself, also where it fails.
 */
export async function runJobs(parts: JobParts, random = Math.random): Promise<void> {
  const done = (outcome: string, properties: Record<string, number>, error?: Error) =>
    parts.audit.record({
      action: 'jobs.finished',
      channel: 'jobs',
      description: `The nightly jobs ${outcome}`,
      properties,
      ...(error && { error: { message: error.message } }),
      ...byJob('nightly'),
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
    await done('ran', { sessions, prices, restocked });
  } catch (error) {
    if (error instanceof Error) await done('failed', {}, error);
    throw error;
  }
}

export interface ScheduleOptions extends JobParts {
  everyMs: number;
  /** Told of a run that failed; the next one is tried all the same. */
  onError: (error: unknown) => void;
}

/** Runs the jobs every `everyMs`, never two at once. @returns a function that ends that and waits for a run under way. */
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
