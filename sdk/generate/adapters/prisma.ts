import { runWithContext } from '@auditrail/sdk/context';
import { auditChanges, relayOutbox } from '@auditrail/sdk/prisma'; // +
import { openPrisma } from '../../src/testing/prisma-clients.ts';
import { ada, type RunAdapter } from './orders.ts';

export const run: RunAdapter = async (audit) => {
  const { prisma: client, close } = await openPrisma('SQLite');
  const models = { invoice: ['id'] };
  const prisma = client.$extends(auditChanges({ outbox: 'auditOutbox', models })); // +
  await runWithContext({ actor: ada }, async () => {
    await prisma.invoice.create({ data: { id: 42, amount: 100 } });
    await prisma.invoice.update({ where: { id: 42 }, data: { amount: 95 } });
  });
  await relayOutbox(prisma, 'auditOutbox', audit); // +
  await close();
};
