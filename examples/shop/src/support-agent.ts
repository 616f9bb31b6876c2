import { accountById } from './accounts.ts';
import type { Audit } from './audit.ts';
import type { Database } from './database.ts';
import { addDiscount, newestOrder } from './products.ts';

const AGENT = { name: 'support-bot', version: '2.1', model: 'support-small' };
const DISCOUNT = 0.05;

/**
 * The shop's AI agent: gives the customer of the newest order without a discount 5 % off. The agent acts, for the customer.
 *
 * @param runId the agent's run, for example a conversation
 * @returns the number of orders that it changed: 0 or 1
 */
export async function runSupportAgent(
  { database, audit }: { database: Database; audit: Audit },
  runId: string,
): Promise<number> {
  return database.change(async (db) => {
    const order = newestOrder(db);
    const customer = order && accountById(db, order.accountId);
    if (!customer) return 0;
    const price = Math.round(order.price * (1 - DISCOUNT));
    addDiscount(db, order.id, price);
    await audit.record({
      action: 'order.discounted',
      channel: 'orders',
      description: `${AGENT.name} gave ${customer.name} a discount on ${order.product}`,
      actor: { type: 'agent', id: AGENT.name, name: AGENT.name, agent: { ...AGENT, runId } },
      onBehalfOf: [{ type: 'user', id: String(customer.id), name: customer.name, email: customer.email }],
      reason: `Delayed delivery, conversation ${runId}`,
      authContext: 'mcp',
      target: { type: 'order', id: String(order.id), name: order.product },
      related: [{ type: 'customer', id: String(customer.id), name: customer.name }],
      changes: [{ path: 'price', before: order.price, after: price }],
    });
    return 1;
  });
}
