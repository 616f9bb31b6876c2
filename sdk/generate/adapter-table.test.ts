import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adapterTable, PAGE, withTable } from './adapter-table.ts';

test('the table of adapters has the entries that they record: npm run generate -w sdk', async () => {
  // Each unrecorded route is logged.
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  const page = readFileSync(join(import.meta.dirname, '../..', PAGE), 'utf8');
  const table = await adapterTable();
  warn.mockRestore();
  expect(page).toContain(table);
  expect(page).toBe(withTable(page, table));
}, 60_000);
