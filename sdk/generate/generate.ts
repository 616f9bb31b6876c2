import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adapterTable, PAGE, withTable } from './adapter-table.ts';

const path = join(import.meta.dirname, '../..', PAGE);
writeFileSync(path, withTable(readFileSync(path, 'utf8'), await adapterTable()));
console.log(`wrote ${PAGE}`);
