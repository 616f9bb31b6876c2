import { AuditError } from '@auditrail/core';
import { EXPORT_FORMATS } from '@auditrail/core/formats';
import { Option, type Command } from 'commander';
import { tenantOption } from '../terminal/tenant-option.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { DEFAULT_FORMATS, type ExportCommandOptions } from './command-request.ts';
import { runCommand } from './command-run.ts';
import { EntryError } from './command-trail.ts';
import { SyslogError } from './send-syslog.ts';
import { keepHeapSmall } from './small-heap.ts';

/** Exit codes of the command. */
const EXIT = { ok: 0, other: 1, usage: 2, loki: 3, disk: 4, entry: 5, syslog: 6, interrupted: 130 } as const;

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
    await runCommand(options, stop.signal);
    return EXIT.ok;
  } catch (error) {
    if (stop.signal.aborted) {
      const remedy =
        options.syslog !== undefined
          ? 'a part of the entries may have been sent'
          : options.out === '-'
            ? 'nothing was written'
            : 'continue with --resume';
      console.error(`auditrail: interrupted; ${remedy}`);
      return EXIT.interrupted;
    }
    console.error(`auditrail: ${error instanceof Error ? error.message : String(error)}`);
    return exitCodeOf(error);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

const list = (text: string, before: string[] = []) => [...before, ...text.split(',').filter(Boolean)];

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
      new Option('--format <formats>', `${Object.keys(EXPORT_FORMATS).join(', ')}; separate several by commas`)
        .argParser((text: string, before: string[]) => list(text, before === DEFAULT_FORMATS ? [] : before))
        .default(DEFAULT_FORMATS, 'ndjson'),
    )
    .addOption(
      new Option('--columns <names>', 'columns of CSV besides those in every file, separated by commas').argParser(
        list,
      ),
    )
    .option('--out <folder>', 'folder of this export, created if missing; - for standard output')
    .option(
      '--syslog <address>',
      'send to a SIEM instead: tls://HOST:6514, or tcp://HOST:601 unencrypted (default format: cef)',
    )
    .option('--syslog-ca <file>', 'certificate authority of the receiver (PEM), if the system does not know it')
    .option('--syslog-cert <file>', 'certificate of this client (PEM), if the receiver requires one')
    .option('--syslog-key <file>', 'its private key (PEM)')
    .option('--name <name>', "beginning of the files' names", 'audit-log')
    .option('--manifest <file>', 'with --out -: file for the manifest')
    .addOption(new Option('--parallel <n>', 'time slices read at once').argParser(Number).default(4))
    .option('--resume', 'continue the export that was interrupted in this folder')
    .option('--force', 'overwrite existing files')
    .addOption(
      new Option('--sign-key <file>', 'Ed25519 key that signs the manifest, created if missing').env(
        'AUDITRAIL_SIGN_KEY',
      ),
    )
    .addOption(new Option('--endpoint <url>', 'OTLP address of the collector').env('AUDITRAIL_ENDPOINT'))
    .addOption(new Option('--write-token <token>', "the collector's bearer token").env('AUDITRAIL_WRITE_TOKEN'))
    .option('--no-entry', 'write no audit entries about this export')
    .option('--json', 'print the result as one line of JSON')
    .option('--quiet', 'print no progress')
    .addHelpText(
      'after',
      `
Exit code: ${EXIT.ok} complete, ${EXIT.usage} wrong use, ${EXIT.loki} Loki did not answer or refused, ${EXIT.disk} the disk is full or not writable,
  ${EXIT.entry} the audit entry about the export could not be written, ${EXIT.syslog} the syslog receiver cannot be reached or disconnected (a part may have arrived), ${EXIT.interrupted} interrupted, ${EXIT.other} anything else.
Only after ${EXIT.ok} files have their final names, or standard output has any bytes. After ${EXIT.loki}, ${EXIT.disk}, ${EXIT.entry} and ${EXIT.interrupted}, --resume continues.
--resume uses the range of the first call and ignores --from and --to.`,
    )
    .action(async (options: ExportCommandOptions) => {
      process.exitCode = await exportCommand(options);
    });
}
