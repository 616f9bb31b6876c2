import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { httpLokiClient } from '@auditrail/core/loki';
import { createAuditLogger } from '@auditrail/sdk';
import { importLog, SERVICE, sum, type ImportReport } from './import-log.ts';
import { checkZone } from './zone.ts';

const USAGE = `Imports an sshd log as audit entries.

  npm run import -w examples/sshd -- FILE [options]

  --year N         year of the first line, if lines have no year (default: the latest for which the log is in the past)
  --zone ZONE      time zone, if lines have none: Europe/Berlin, +02:00 (default UTC)
  --endpoint URL   URL of the gateway (AUDITRAIL_ENDPOINT; default http://127.0.0.1:4318)
  --tenant NAME    tenant in Loki (AUDITRAIL_TENANT; default audit)
  --token TEXT     token of the gateway (better: set AUDITRAIL_WRITE_TOKEN)
  --read-token TEXT  does not record entries again that are stored (better: set AUDITRAIL_READ_TOKEN)
  --spool FOLDER   folder for undelivered entries (default .data/sshd-spool)
  --wait SECONDS   how long to wait for delivery (default 60)

Exit codes: 0 each line was imported or skipped, and all entries are delivered; 1 an error, undelivered entries, or no line
was recognized; 2 invalid options.`;

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
      'read-token': { type: 'string', default: env['AUDITRAIL_READ_TOKEN'] ?? '' },
      spool: { type: 'string', default: '.data/sshd-spool' },
      wait: { type: 'string', default: '60' },
      help: { type: 'boolean', default: false },
    },
  });
  const [file] = positionals;
  if (values.year !== undefined && !/^(19|20)\d\d$/.test(values.year))
    throw new Error(`--year must be a year, not ${values.year}`);
  if (values.zone !== undefined) checkZone(values.zone);
  if (!(Number(values.wait) > 0)) throw new Error(`--wait must be greater than 0, not ${values.wait}`);
  if (!values.help && (file === undefined || positionals.length > 1)) throw new Error('exactly one FILE is required');
  // npm changes to the workspace's folder; relative paths are relative to the user's folder.
  const fromUserFolder = (path: string) => resolve(env['INIT_CWD'] ?? '.', path);
  const inputFile = file === undefined ? undefined : fromUserFolder(file);
  return { ...values, spool: fromUserFolder(values.spool), file: inputFile };
}

/** Prints the report. @returns whether each line was imported or skipped, and at least one was recognized */
function printReport({ lines, entries, skipped, unrecognized, recorded }: ImportReport): boolean {
  const rows = (counts: Map<string, number>, what: string) =>
    [...counts].sort((a, b) => b[1] - a[1]).map(([of, count]) => ({ what, of, lines: count }));
  console.table([...rows(entries, 'entry'), ...rows(skipped, 'skipped')]);
  console.log(`${lines} lines = ${sum(entries)} entries + ${sum(skipped)} skipped`);
  if (recorded < sum(entries)) console.log(`${sum(entries) - recorded} entries are stored already`);
  if (unrecognized > 0) console.log(`${unrecognized} entries have an unknown message, which is kept unchanged`);
  const recognized = sum(entries) - unrecognized;
  if (recognized === 0) console.error('import: no line of this file was recognized; is it an sshd log?');
  return recognized > 0 && lines === sum(entries) + sum(skipped);
}

async function main(): Promise<number> {
  let parsed: ReturnType<typeof options>;
  try {
    parsed = options();
  } catch (error) {
    console.error(`import: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  const { file, year, zone, endpoint, tenant, token, spool, wait } = parsed;
  if (parsed.help || file === undefined) {
    console.log(USAGE);
    return 0;
  }
  const audit = createAuditLogger({ service: SERVICE, endpoint, tenant, spool, ...(token && { token }) });
  const readToken = parsed['read-token'];
  const headers = { Authorization: `Bearer ${readToken}` };
  try {
    // What an interrupted import left in the spool is stored, too.
    if (readToken) await audit.flush({ timeoutMs: Number(wait) * 1_000 });
    const report = await importLog({
      file,
      audit,
      ...(readToken && { loki: httpLokiClient({ url: endpoint, tenant, headers }) }),
      ...(year !== undefined && { year: Number(year) }),
      ...(zone !== undefined && { zone }),
      onProgress: (lines) => console.error(`${lines} lines read`),
    });
    const complete = printReport(report);
    await audit.flush({ timeoutMs: Number(wait) * 1_000 });
    console.log('All entries are delivered.');
    return complete ? 0 : 1;
  } finally {
    const { pending } = await audit.shutdown();
    if (pending > 0)
      console.error(`${pending} entries are not delivered; run the command again to send them from ${spool}`);
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
