import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AuditError, linesIn } from '@auditrail/core';
import {
  CSV_COLUMNS,
  EXPORT_FORMATS,
  isCsvColumn,
  isExportFormatId,
  type ExportFormatId,
} from '@auditrail/core/formats';
import { Option, type Command } from 'commander';
import { tenantOption } from '../terminal/tenant-option.ts';
import { parseRange, rangeText } from '../terminal/time-range.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { CommandTrail, EntryError } from './command-trail.ts';
import type { ExportOptions, ExportResult } from './export-options.ts';
import { interruptedRange } from './export-state.ts';
import { linesClient } from './lines-client.ts';
import { checkOptions, runExport } from './run-export.ts';
import { sendSyslog, SyslogError, syslogTarget, type SyslogOptions } from './send-syslog.ts';
import { showProgress } from './show-progress.ts';
import { loadSigner } from './signer.ts';
import { keepHeapSmall } from './small-heap.ts';
import { parseWhere } from './where.ts';
import { writeWhole } from './write-whole.ts';

/** How the command ends. */
const EXIT = { ok: 0, other: 1, usage: 2, loki: 3, disk: 4, entry: 5, syslog: 6, interrupted: 130 } as const;

export interface ExportCommandOptions extends Partial<SyslogOptions> {
  url?: string;
  token?: string;
  tenant: string;
  from: string;
  to: string;
  where?: string[];
  format: string[];
  columns?: string[];
  out?: string;
  name: string;
  manifest?: string;
  parallel: number;
  resume?: boolean;
  force?: boolean;
  signKey?: string;
  endpoint?: string;
  writeToken?: string;
  /** `--no-entry` */
  entry: boolean;
  json?: boolean;
  quiet?: boolean;
}

const DEFAULT_FORMATS = ['ndjson'];
// An entry is a line in these.
const SYSLOG_FORMATS: ReadonlySet<string> = new Set(['cef', 'ndjson', 'ocsf', 'ecs']);
const list = (text: string, before: string[] = []) => [...before, ...text.split(',').filter(Boolean)];

function formatsOf(words: readonly string[]): ExportFormatId[] {
  return words.map((word) => {
    if (isExportFormatId(word)) return word;
    throw new UsageError(`there is no format "${word}": ${Object.keys(EXPORT_FORMATS).join(', ')}`);
  });
}

function checkColumns(names: readonly string[] = []): void {
  const unknown = names.find((name) => !isCsvColumn(name));
  if (unknown === undefined) return;
  throw new UsageError(`there is no column "${unknown}": ${Object.keys(CSV_COLUMNS).join(', ')}, scope.NAME`);
}

/** Where the signing key is when nothing is said. */
function defaultKeyFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'auditrail', 'export-key.pem');
}

// Asked for what is no address, nobody answers, and that would be waited for.
function checkAddress(option: string, text: string): void {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return;
  throw new UsageError(`${option} ${text} is no address: it begins with http:// or https://`);
}

function trailOf(options: ExportCommandOptions, what: ConstructorParameters<typeof CommandTrail>[0]['what']) {
  const { entry, endpoint, writeToken, tenant } = options;
  if (!entry) return undefined;
  if (!endpoint || !writeToken) {
    throw new UsageError(
      'an export is itself an entry of the trail: give --endpoint and --write-token (AUDITRAIL_ENDPOINT, ' +
        'AUDITRAIL_WRITE_TOKEN), or --no-entry where your own rules allow an export that leaves none',
    );
  }
  checkAddress('--endpoint', endpoint);
  return new CommandTrail({ endpoint, token: writeToken, tenant, what });
}

function requestOf(options: ExportCommandOptions) {
  const { url, token, tenant, resume, force, syslog } = options;
  if (syslog !== undefined && options.out !== undefined) throw new UsageError('give --syslog or --out');
  const out = syslog === undefined ? options.out : '-';
  if (!url) throw new UsageError('give --url, the address of the gateway (AUDITRAIL_GATEWAY_URL)');
  checkAddress('--url', url);
  if (!out) throw new UsageError('give --out FOLDER, or --out - for standard output');
  if (resume && force) throw new UsageError('--resume goes on, --force begins anew: give one of them');
  const formats = formatsOf(syslog !== undefined && options.format === DEFAULT_FORMATS ? ['cef'] : options.format);
  checkColumns(options.columns);
  if (out === '-' && formats.length !== 1) throw new UsageError('standard output and syslog take one format');
  if (syslog !== undefined && !SYSLOG_FORMATS.has(formats[0] ?? '')) {
    throw new UsageError(`--syslog sends ${[...SYSLOG_FORMATS].join(', ')}`);
  }
  if (out === '-' && resume) throw new UsageError('standard output and syslog cannot be resumed: give a folder');
  if (!Number.isInteger(options.parallel) || options.parallel < 1 || options.parallel > 32) {
    throw new UsageError('--parallel takes a whole number from 1 to 32');
  }
  const given = parseRange(options.from, options.to);
  // A relative time means another range at every call.
  const range = (resume && interruptedRange(out)) || given;
  const loki = linesClient({ url, tenant, ...(token && { headers: { Authorization: `Bearer ${token}` } }) });
  const query = parseWhere(options.where ?? []);
  checkOptions({ range, formats, name: options.name });
  const existing: ExportOptions['existing'] = resume ? 'resume' : force ? 'restart' : 'refuse';
  const { columns, name, parallel } = options;
  return { loki, tenant, query, range, formats, name, parallel, existing, ...(columns && { columns }) };
}

async function run(options: ExportCommandOptions, signal: AbortSignal): Promise<void> {
  const request = requestOf(options);
  const { name, query, range, formats } = request;
  const target = options.syslog === undefined ? undefined : syslogTarget({ ...options, syslog: options.syslog });
  const trail = trailOf(options, { name, query, range, formats });
  const { signer, isNew } = loadSigner(options.signKey ?? defaultKeyFile());
  const say = (text: string) => void (options.quiet || process.stderr.write(`${text}\n`));
  say(`range ${rangeText(range)}`);
  if (isNew) say(`A signing key was made, ${signer.keyId}. Publish its public half:\n${signer.publicKey.trimEnd()}`);
  const toOutput = options.out === '-' || target !== undefined;
  const folder = toOutput ? mkdtempSync(join(tmpdir(), 'auditrail-export-')) : (options.out ?? '');
  const progress = showProgress(process.stderr);
  let result: ExportResult;
  try {
    await trail?.demand('created');
    try {
      result = await runExport({
        ...{ ...request, folder, signer, signal },
        ...(!options.quiet && { onProgress: progress.tell }),
        beforeNaming: async ({ files }) => trail?.demand('downloaded', { files }),
      });
    } catch (error) {
      // What failed is told as it failed, whether or not its entry arrives.
      if (!(error instanceof EntryError)) await trail?.demand('failed', { error }).catch(() => undefined);
      throw error;
    } finally {
      progress.end();
    }
    const { files, manifest, manifestName } = result;
    const { count = 0, ids = [] } = manifest.sharedIds ?? {};
    if (count > 0) {
      console.error(
        `warning: ${count} entries claim an id that another entry has, first ${ids[0]}: see docs/verify.md`,
      );
    }
    if (toOutput) {
      if (options.manifest) await writeWhole(options.manifest, `${JSON.stringify(manifest, undefined, 2)}\n`);
      const content = createReadStream(join(folder, files[0]?.name ?? ''));
      if (target) {
        const sent = await sendSyslog(linesIn(content.setEncoding('utf8')), target, signal);
        say(`${sent} entries sent to ${target.host}:${target.port}`);
      } else await pipeline(content, process.stdout, { end: false });
    }
    if (options.json) {
      (toOutput ? process.stderr : process.stdout).write(
        `${JSON.stringify({ rows: result.rows, files, manifest: toOutput ? (options.manifest ?? null) : manifestName })}\n`,
      );
    } else if (!toOutput) {
      for (const { name, rows, bytes, sha256 } of files) {
        console.log(`${join(folder, name)}  ${rows} entries  ${bytes} bytes  sha256 ${sha256}`);
      }
      console.log(join(folder, manifestName));
    }
  } finally {
    await trail?.close();
    if (toOutput) rmSync(folder, { recursive: true, force: true });
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof EntryError) return EXIT.entry;
  if (error instanceof SyslogError) return EXIT.syslog;
  if (!(error instanceof AuditError)) return EXIT.other;
  if (error.code === 'EXPORT_UNWRITABLE') return EXIT.disk;
  if (error.code.startsWith('LOKI_')) return EXIT.loki;
  return EXIT.usage;
}

/** Runs the command and resolves with its exit code; Ctrl-C and SIGTERM end it so that it can be resumed. */
export async function exportCommand(options: ExportCommandOptions): Promise<number> {
  keepHeapSmall();
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    await run(options, stop.signal);
    return EXIT.ok;
  } catch (error) {
    if (stop.signal.aborted) {
      const remedy =
        options.syslog !== undefined
          ? 'a part of the entries may have been sent'
          : options.out === '-'
            ? 'nothing was written'
            : 'go on with --resume';
      console.error(`auditrail: interrupted; ${remedy}`);
      return EXIT.interrupted;
    }
    console.error(`auditrail: ${error instanceof Error ? error.message : String(error)}`);
    return exitCodeOf(error);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** Adds `auditrail export`. */
export function addExportCommand(program: Command): void {
  program
    .command('export')
    .description('export a range of up to a year: files, newest entry first, and a signed manifest')
    .addOption(new Option('--url <url>', 'address of a running gateway').env('AUDITRAIL_GATEWAY_URL'))
    .addOption(new Option('--token <token>', "the reader's bearer token").env('AUDITRAIL_READ_TOKEN'))
    .addOption(tenantOption())
    .option('--from <time>', 'a time, a date, or a duration ago (now-7d, 7d)', '1d')
    .option('--to <time>', 'end of the range: a time (excluded), a date (the whole day), or a duration ago', '1m')
    .option('--where <conditions...>', 'as in the address of the page: action=user.login outcome!=success q=text')
    .addOption(
      new Option('--format <formats>', `${Object.keys(EXPORT_FORMATS).join(', ')}; several with commas`)
        .argParser((text: string, before: string[]) => list(text, before === DEFAULT_FORMATS ? [] : before))
        .default(DEFAULT_FORMATS, 'ndjson'),
    )
    .addOption(
      new Option('--columns <names>', 'columns of CSV beside those of every file, with commas').argParser(list),
    )
    .option('--out <folder>', 'folder of this export, made where it is missing; - is standard output')
    .option(
      '--syslog <address>',
      'send to a SIEM instead: tls://HOST:6514, or tcp://HOST:601 unencrypted (default format: cef)',
    )
    .option(
      '--syslog-ca <file>',
      "who signed the receiver's certificate (PEM), if not an authority that the system knows",
    )
    .option('--syslog-cert <file>', 'certificate of this client (PEM), if the receiver asks for one')
    .option('--syslog-key <file>', 'its private key (PEM)')
    .option('--name <name>', "beginning of the files' names", 'audit-log')
    .option('--manifest <file>', 'with --out -: where the manifest goes')
    .addOption(new Option('--parallel <n>', 'time slices read at once').argParser(Number).default(4))
    .option('--resume', 'go on with the export that was interrupted in this folder')
    .option('--force', 'write over what is there')
    .addOption(
      new Option('--sign-key <file>', 'Ed25519 key of the manifest, made where it is missing').env(
        'AUDITRAIL_SIGN_KEY',
      ),
    )
    .addOption(new Option('--endpoint <url>', 'OTLP address of the collector').env('AUDITRAIL_ENDPOINT'))
    .addOption(new Option('--write-token <token>', "the collector's bearer token").env('AUDITRAIL_WRITE_TOKEN'))
    .option('--no-entry', 'write no audit entries about this export')
    .option('--json', 'what was written, as one line of JSON')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Exit code: ${EXIT.ok} complete, ${EXIT.usage} wrong use, ${EXIT.loki} Loki did not answer or refused, ${EXIT.disk} the disk is full or not writable,
  ${EXIT.entry} the audit entry about the export could not be written, ${EXIT.syslog} the syslog receiver cannot be reached or broke off (a part may have arrived), ${EXIT.interrupted} interrupted, ${EXIT.other} anything else.
Only after ${EXIT.ok} a file has its final name, or is a byte on standard output. After ${EXIT.loki}, ${EXIT.disk}, ${EXIT.entry} and ${EXIT.interrupted}, --resume goes on.
With --resume, the range is that of the first call, whatever --from and --to say.`,
    )
    .action(async (options: ExportCommandOptions) => {
      process.exitCode = await exportCommand(options);
    });
}
