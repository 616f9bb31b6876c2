import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

// For converted rules: with one query that it cannot parse, Loki's ruler loads no rules, of any tenant.
const [file, loki] = process.argv.slice(2);
if (!file || !loki) throw new Error('usage: npm run check-rules -w provisioning -- FILE LOKI_URL');

interface RuleFile {
  groups: { rules: { alert: string; expr: string }[] }[];
}
const { groups } = parse(await readFile(file, 'utf8')) as RuleFile;
const rules = groups.flatMap((group) => group.rules);
for (const { alert, expr } of rules) {
  const response = await fetch(`${loki}/loki/api/v1/format_query`, {
    method: 'POST',
    headers: { 'X-Scope-OrgID': 'check' },
    body: new URLSearchParams({ query: expr }),
  });
  if (response.ok) continue;
  console.error(`${alert}: ${(await response.text()).trim()}`);
  process.exitCode = 1;
}
if (!process.exitCode) console.log(`Loki accepts ${rules.length} rules`);
