#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { addDeadLettersCommands } from './dead-letters.ts';
import { doctor, type DoctorOptions } from './doctor/index.ts';
import { addExportCommand } from './export/command.ts';
import { addSpreadsheetCommand } from './spreadsheet/command.ts';
import { addSecretFiles } from './terminal/secret-files.ts';
import { addServeCommand } from './serve/command.ts';
import { tenantOption } from './terminal/tenant-option.ts';
import { addTokenCommands } from './token-command.ts';
import { verify, type VerifyCommandOptions } from './verify/index.ts';

const program = new Command('auditrail')
  .description("Auditrail's keeper: looks after an audit trail in Loki")
  .exitOverride();

program
  .command('doctor')
  .description(
    'check that every entry reaches Loki and stays there, and that the gateway lets nothing but reads through',
  )
  .option('--loki-config <file>', "Loki's configuration, with the overrides that it names")
  .option('--overrides <files...>', 'overrides per tenant, instead of those that the configuration names')
  .addOption(new Option('--url <url>', 'address of a running gateway').env('AUDITRAIL_GATEWAY_URL'))
  .addOption(new Option('--token <token>', "the reader's bearer token").env('AUDITRAIL_READ_TOKEN'))
  .addOption(tenantOption())
  .addOption(
    new Option('--health <urls>', 'addresses that answer 2xx while something is well, with spaces between')
      .env('AUDITRAIL_HEALTH_URLS')
      .argParser((text) => text.split(/\s+/).filter(Boolean)),
  )
  .addOption(
    new Option('--collector-metrics <url>', "the collector's metrics, such as http://collector:8888/metrics").env(
      'AUDITRAIL_COLLECTOR_METRICS',
    ),
  )
  .addOption(
    new Option('--loki-metrics <url>', "Loki's metrics, such as http://loki:3100/metrics").env(
      'AUDITRAIL_LOKI_METRICS',
    ),
  )
  .option('--spool <paths...>', 'spool folders of applications: what waits, dead letters, room')
  .option('--queue <path>', "the collector's queue folder: room on its disk")
  .option('--disk <paths...>', "other paths whose disks need room, such as Loki's data")
  .option('--chains <duration>', 'with --url: verify the chains of the entries of so long, such as 10m')
  .option('--every <duration>', 'look again after each duration, such as 60s; print what begins, happens and ends')
  .addHelpText('after', '\nExit code: 0 nothing wrong, 1 something found, 2 nothing was checked (wrong use).')
  .action(async (options: DoctorOptions) => {
    const ending = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
    try {
      process.exitCode = await doctor({ ...options, signal: ending.signal });
    } catch (error) {
      console.error(`auditrail: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 2;
    }
  });

addExportCommand(program);
addSpreadsheetCommand(program);

program
  .command('verify')
  .argument('[export]', 'an export: its folder or its manifest; signature, files and chains are checked')
  .description(
    'check an export, or the chains of a file or of a range: changed, missing, forged and duplicated entries',
  )
  .option(
    '--file <file>',
    'NDJSON, oldest or newest first (also gzip, UTF-16, a JSON array, exports in JSON, ECS, OCSF); - is standard input',
  )
  .addOption(new Option('--url <url>', 'address of a running gateway').conflicts('file'))
  .addOption(new Option('--token <token>', "the reader's bearer token").env('AUDITRAIL_READ_TOKEN'))
  .addOption(tenantOption())
  .option('--from <time>', 'with --url: a time, a date, or a duration ago (default: 1d)')
  .option(
    '--to <time>',
    'with --url: a time (excluded), a date (the whole day), or a duration ago (default: 1m, for entries that are under way)',
  )
  .option('--key <id=file...>', 'secrets of keyed chains')
  .option('--public-key <id=file...>', 'Ed25519 public keys of those who sign checkpoints, in PEM')
  .option('--complete', 'all entries that there ever were are here: a missing beginning or end is a finding')
  .option('--partial', 'the lines were filtered, so they are a part of their chains: gaps are undecided, not findings')
  .option('--allow-unkeyed', 'streams without a key are fine although --key is given')
  .option('--allow-unchained', 'entries in no chain are fine although --key or --complete is given')
  .option('--json', 'the report as one line of JSON')
  .addHelpText(
    'after',
    '\nExit code: 0 nothing wrong, 1 something found, 2 nothing was verified (wrong use, no answer, no entries, no chains).',
  )
  .action(async (exported: string | undefined, options: VerifyCommandOptions) => {
    try {
      process.exitCode = await verify({ ...options, ...(exported !== undefined && { export: exported }) });
    } catch (error) {
      console.error(`auditrail: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 2;
    }
  });

addServeCommand(program);
addTokenCommands(program);
addDeadLettersCommands(program);
addSecretFiles(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong.
    process.exit(error.exitCode === 0 ? 0 : 2);
  }
  console.error(`auditrail: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
