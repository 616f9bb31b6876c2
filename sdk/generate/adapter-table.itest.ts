import { expectRow } from './adapter-table.ts';
import { run } from './adapters/prisma.ts';

test(
  'the row of Prisma has the entries that it records: npm run generate -w sdk',
  () => expectRow('Prisma', run),
  300_000,
);
