import { formatTime } from '@auditrail/core';
import { httpLokiClient } from '@auditrail/core/loki';
import { Option, type Command } from 'commander';
import { plainText } from '../terminal/plain-text.ts';
import { tenantOption } from '../terminal/tenant-option.ts';
import { parseRange, rangeText } from '../terminal/time-range.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { compareCoverage, type Comparison, type Seen } from './compare.ts';
import { readActions, readRoutes } from './input-files.ts';

interface CoverageOptions {
  routes?: string;
  actions?: string;
  ignore?: string[];
  url?: string;
  token?: string;
  tenant: string;
  service?: string;
  since: string;
  json?: boolean;
}

const LABELS = { never: 'NEVER', generic: 'generic', recorded: 'ok' } as const;
// What needs attention is first.
const ORDER = ['never', 'generic', 'recorded'];

function table(title: string, rows: readonly ({ name: string } & Seen)[]): string[] {
  if (rows.length === 0) return [];
  const never = rows.filter(({ status }) => status === 'never').length;
  const width = Math.min(60, Math.max(...rows.map(({ name }) => name.length)));
  const sorted = [...rows].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
  const lines = sorted.map(({ name, status, entries, first, last }) => {
    const seen = first === undefined ? '' : `${entries} entries, first ${first}, last ${last}`;
    return `${LABELS[status].padEnd(7)}  ${name.padEnd(width)}  ${seen}`.trimEnd();
  });
  return [`${title}: ${rows.length}, of which ${never} never recorded`, ...lines, ''];
}

function textOf({ routes, actions }: Comparison): string[] {
  const name = (text: string) => plainText(text);
  return [
    ...table(
      'Routes',
      routes.map(({ method, route, ...seen }) => ({ name: name(`${method} ${route}`), ...seen })),
    ),
    ...table(
      'Actions',
      actions.map(({ action, ...seen }) => ({ name: name(action), ...seen })),
    ),
  ];
}

/**
 * Compares routes and actions with the trail, and prints the result. Resolves with the exit code.
 *
 * @throws UsageError; AuditError if Loki does not answer
 */
async function coverage(options: CoverageOptions, print: (text: string) => void = console.log): Promise<number> {
  const { url, token, tenant, service, since } = options;
  const routes = options.routes === undefined ? [] : readRoutes(options.routes, options.ignore);
  const actions = options.actions === undefined ? [] : readActions(options.actions);
  if (routes.length + actions.length === 0) {
    throw new UsageError('nothing to compare: give --routes FILE, --actions FILE, or both');
  }
  if (!url) throw new UsageError('give --url, the address of the gateway (AUDITRAIL_GATEWAY_URL)');
  const range = parseRange(since, 'now');
  const loki = httpLokiClient({ url, tenant, ...(token && { headers: { Authorization: `Bearer ${token}` } }) });
  const result = await compareCoverage(loki, { routes, actions, range, service });
  if (options.json) {
    print(JSON.stringify({ tenant, from: formatTime(range.start), to: formatTime(range.end), ...result }));
  } else {
    print([...textOf(result), `Compared with tenant ${tenant}, ${rangeText(range)}`].join('\n'));
  }
  return result.never === 0 ? 0 : 1;
}

/** Adds `auditrail coverage`. */
export function addCoverageCommand(program: Command): void {
  program
    .command('coverage')
    .description('find routes and declared actions that never recorded an entry')
    .option('--routes <file>', 'JSON of listRoutes() of @auditrail/sdk/coverage')
    .option('--actions <file>', 'JSON of defineActions(), or a list of actions')
    .option('--ignore <routes...>', 'routes that need no entry, such as /search or "POST /search"')
    .addOption(new Option('--url <url>', 'address of the gateway').env('AUDITRAIL_GATEWAY_URL'))
    .addOption(new Option('--token <token>', "the reader's bearer token").env('AUDITRAIL_READ_TOKEN'))
    .addOption(tenantOption())
    .option('--service <name>', 'only entries of this service')
    .option('--since <time>', 'a time, a date, or a duration ago', '30d')
    .option('--json', 'the result as one line of JSON')
    .addHelpText(
      'after',
      '\nExit code: 0 all have recorded, 1 some never recorded, 2 nothing was compared (wrong use, no answer).',
    )
    .action(async (options: CoverageOptions) => {
      try {
        process.exitCode = await coverage(options);
      } catch (error) {
        console.error(`auditrail: ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 2;
      }
    });
}
