import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createAuditLogger } from '@auditrail/sdk';
import { importLog, sum, type ImportReport } from './import-log.ts';
import { checkZone } from './zone.ts';

const USAGE = `Turns a log of sshd into audit entries.

  npm run import -w examples/sshd -- FILE [options]

  --year N         year of the first line, for lines without one (default: the latest that puts the log into the past)
  --zone ZONE      zone of the log's clock, for lines that do not say it: Europe/Berlin, +02:00 (default UTC)
  --endpoint URL   the gateway (AUDITRAIL_ENDPOINT; default http://127.0.0.1:4318)
  --tenant NAME    Loki's tenant (AUDITRAIL_TENANT; default audit)
  --token TEXT     the gateway's token (better: AUDITRAIL_WRITE_TOKEN)
  --spool FOLDER   where entries wait until they are delivered (default .data/sshd-spool)
  --wait SECONDS   for delivery (default 60)

Exit code 0: every line is an entry or skipped for a reason, and all entries are delivered. 1: not so, or no line was
understood. 2: wrong use.`;

const { env } = process;

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      year: { type: 'string' },
      zone: { type: 'string' },
      endpoint: { type: 'string', default: env['AUDITRAIL_ENDPOINT'] ?? 'http://127.0.0.1:4318' },
      tenant: { type: 'string', default: env['AUDITRAIL_TENANT'] ?? 'audit' },
      token: { type: 'string', default: env['AUDITRAIL_WRITE_TOKEN'] ?? '' },
      spool: { type: 'string', default: '.data/sshd-spool' },
      wait: { type: 'string', default: '60' },
      help: { type: 'boolean', default: false },
    },
  });
  const [file] = positionals;
  if (values.year !== undefined && !/^(19|20)\d\d$/.test(values.year)) throw new Error(`no year: ${values.year}`);
  if (values.zone !== undefined) checkZone(values.zone);
  if (!(Number(values.wait) > 0)) throw new Error(`--wait must be a number above 0, not ${values.wait}`);
  if (!values.help && (file === undefined || positionals.length > 1)) throw new Error('exactly one FILE is needed');
  // npm runs in the workspace's folder; a path is meant from where the person stands.
  const here = (path: string) => resolve(env['INIT_CWD'] ?? '.', path);
  return { ...values, spool: here(values.spool), file: file === undefined ? undefined : here(file) };
}

/** Prints what became of the lines. @returns whether each is accounted for, and at least one was understood */
function printReport({ lines, entries, skipped, notUnderstood }: ImportReport): boolean {
  const rows = (counts: Map<string, number>, what: string) =>
    [...counts].sort((a, b) => b[1] - a[1]).map(([of, count]) => ({ what, of, lines: count }));
  console.table([...rows(entries, 'entry'), ...rows(skipped, 'skipped')]);
  console.log(`${lines} lines = ${sum(entries)} entries + ${sum(skipped)} skipped`);
  if (notUnderstood > 0)
    console.log(`${notUnderstood} entries have a message that is not understood; it is kept as it is`);
  const understood = sum(entries) - notUnderstood;
  if (understood === 0) console.error('import: no line of this file was understood; is it a log of sshd?');
  return understood > 0 && lines === sum(entries) + sum(skipped);
}

async function main(): Promise<number> {
  let given: ReturnType<typeof options>;
  try {
    given = options();
  } catch (error) {
    console.error(`import: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  const { file, year, zone, endpoint, tenant, token, spool, wait } = given;
  if (given.help || file === undefined) {
    console.log(USAGE);
    return 0;
  }
  const audit = createAuditLogger({ service: 'sshd', endpoint, tenant, spool, ...(token && { token }) });
  try {
    const report = await importLog({
      file,
      audit,
      ...(year !== undefined && { year: Number(year) }),
      ...(zone !== undefined && { zone }),
      onProgress: (lines) => console.error(`${lines} lines read`),
    });
    const complete = printReport(report);
    await audit.flush({ timeoutMs: Number(wait) * 1_000 });
    console.log('all entries are delivered');
    return complete ? 0 : 1;
  } finally {
    const { pending } = await audit.shutdown();
    if (pending > 0) console.error(`${pending} entries wait in ${spool}; run the same command again to deliver them`);
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? `import: ${error.message}` : error);
    process.exitCode = 1;
  },
);
