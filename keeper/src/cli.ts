#!/usr/bin/env node
import { compileEntryChecks } from '@auditrail/core';
import { Command, CommanderError, Option } from 'commander';
import { addS3Options } from './archive/archive-options.ts';
import { addQueryCommand } from './archive/query-command.ts';
import { addRestoreCommand } from './archive/restore-command.ts';
import { verifyArchive } from './archive/verify-archive.ts';
import { addCoverageCommand } from './coverage/command.ts';
import { addRebuildCommand } from './days/rebuild-command.ts';
import { addDeadLettersCommands } from './dead-letters.ts';
import { doctor, type DoctorOptions } from './doctor/index.ts';
import { addExportCommand } from './export/command.ts';
import { addSpreadsheetCommand } from './spreadsheet/command.ts';
import { addSecretFiles } from './terminal/secret-files.ts';
import { addServeCommand } from './serve/command.ts';
import { tenantOption } from './terminal/tenant-option.ts';
import { addTokenCommands } from './token-command.ts';
import { verify, type VerifyCommandOptions } from './verify/index.ts';
import type { S3Connection } from './serve/s3-client.ts';

// Commands read very many entries.
compileEntryChecks();

const program = new Command('auditrail')
  .description("Auditrail's keeper: exports, verifies and monitors an audit log in Loki")
  .exitOverride();

program
  .command('doctor')
  .description('check that every entry reaches Loki and stays there, and that the gateway allows reads only')
  .option('--loki-config <file>', "Loki's configuration file; its overrides file is checked too")
  .option('--overrides <files...>', 'overrides per tenant, instead of those in the configuration')
  .addOption(new Option('--url <url>', 'address of a running gateway').env('AUDITRAIL_GATEWAY_URL'))
  .addOption(new Option('--token <token>', "the reader's bearer token").env('AUDITRAIL_READ_TOKEN'))
  .addOption(tenantOption())
  .addOption(
    new Option('--health <urls>', 'health endpoints (2xx means healthy), separated by spaces')
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
  .option('--spool <paths...>', 'spool folders of applications: undelivered entries, dead letters, free space')
  .option('--queue <path>', "the collector's queue folder: free space on its disk")
  .option('--disk <paths...>', "other paths whose disks need free space, such as Loki's data")
  .option('--chains <duration>', 'with --url: verify the chains of recent entries, such as 10m')
  .option('--every <duration>', 'repeat the checks after each duration, such as 60s; print changes only')
  .addHelpText('after', '\nExit code: 0 no problems, 1 problems found, 2 nothing was checked (wrong use).')
  .action(async (options: DoctorOptions) => {
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    try {
      process.exitCode = await doctor({ ...options, signal: stop.signal });
    } catch (error) {
      console.error(`auditrail: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 2;
    }
  });

addExportCommand(program);
addSpreadsheetCommand(program);

const verifyCommand = program
  .command('verify')
  .argument('[export]', 'an export: its folder or its manifest; signature, files and chains are checked')
  .description(
    'check an export, or the chains of a file or of a range: changed, missing, forged and duplicated entries',
  )
  .option(
    '--file <file>',
    'NDJSON, oldest or newest first (also gzip, UTF-16, a JSON array, exports in JSON, ECS, OCSF); - for standard input',
  )
  .addOption(new Option('--url <url>', 'address of a running gateway').conflicts('file'))
  .addOption(
    new Option(
      '--archive <address>',
      "an archive's folder, or s3://bucket/prefix: its days, and their chains",
    ).conflicts(['file', 'url']),
  )
  .addOption(new Option('--token <token>', "the reader's bearer token").env('AUDITRAIL_READ_TOKEN'))
  .addOption(tenantOption())
  .option('--from <time>', 'with --url and --archive: a time, a date, or a duration ago (default: 1d; the first day)')
  .option(
    '--to <time>',
    'with --url and --archive: a time (excluded), a date (the whole day), or a duration ago (default: 1m, for entries in transit; the last day)',
  )
  .option('--key <id=file...>', 'secrets of keyed chains')
  .option('--public-key <id=file...>', 'Ed25519 public keys of checkpoint signers, in PEM')
  .option('--complete', 'expect complete streams: a missing beginning or end is a finding')
  .option('--partial', 'the lines were filtered: gaps in chains are undecided, not findings')
  .option('--allow-unkeyed', 'accept streams without a key although --key is given')
  .option('--allow-unchained', 'accept entries in no chain although --key or --complete is given')
  .option('--json', 'the report as one line of JSON')
  .addHelpText(
    'after',
    '\nExit code: 0 no problems, 1 problems found, 2 nothing was verified (wrong use, no answer, no entries, no chains).',
  )
  .action(async (exported: string | undefined, options: VerifyCommandOptions & S3Connection & { archive?: string }) => {
    try {
      const { archive } = options;
      process.exitCode =
        archive !== undefined && exported === undefined
          ? await verifyArchive({ ...options, archive })
          : await verify({ ...options, ...(exported !== undefined && { export: exported }) });
    } catch (error) {
      console.error(`auditrail: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 2;
    }
  });
addS3Options(verifyCommand);

addServeCommand(program);
addTokenCommands(program);
addDeadLettersCommands(program);
addCoverageCommand(program);
addRebuildCommand(program);
addQueryCommand(program);
addRestoreCommand(program);
addSecretFiles(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed the error.
    process.exit(error.exitCode === 0 ? 0 : 2);
  }
  console.error(`auditrail: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
