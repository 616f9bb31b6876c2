import { readFileSync } from 'node:fs';
import { ANNOTATIONS } from './annotations.ts';
import { DASHBOARDS } from './index.ts';

const docs = readFileSync(new URL('../../docs/dashboards.md', import.meta.url), 'utf8');

it('docs/dashboards.md lists each dashboard', () => {
  for (const { title } of Object.values(DASHBOARDS)) expect(docs).toContain(`| ${title} |`);
});

it('docs/dashboards.md has the queries of the annotations', () => {
  for (const { query } of ANNOTATIONS) expect(docs).toContain(query('$service'));
});
