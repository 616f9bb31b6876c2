import { runWithContext, withRequest } from '@auditrail/sdk/context';
import { carry, resumeJob } from '@auditrail/sdk/queue'; // +
import { ada, type RunAdapter } from './orders.ts';

interface Job {
  name: string;
  data: { orderId: number };
}

// Jobs as BullMQ stores them; sdk/src/context/queue.itest.ts runs BullMQ itself.
export const run: RunAdapter = async (audit) => {
  const stored: string[] = [];
  const queue = { add: (name: string, data: object) => stored.push(JSON.stringify({ name, data })) };
  const refund = async ({ data }: Job) => {
    const target = { type: 'order', id: String(data.orderId) };
    await withRequest(audit).record({ action: 'order.refunded', description: 'Refunded', target }); // +
  };
  runWithContext({ actor: ada, request: { method: 'POST', endpoint: '/orders/:id/refund' } }, () => {
    queue.add('refund', carry({ orderId: 42 })); // +
  });
  const work = resumeJob(refund); // +
  for (const job of stored) await work(JSON.parse(job) as Job);
};
