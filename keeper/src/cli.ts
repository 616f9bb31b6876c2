#!/usr/bin/env node
import { Command, Option } from 'commander';
import { doctor, type DoctorOptions } from './doctor.ts';

const program = new Command('auditrail').description("Auditrail's keeper: looks after an audit trail in Loki");

program
  .command('doctor')
  .description('check that no entry is thrown away early, and that the gateway lets nothing but reads through')
  .option('--loki-config <file>', "Loki's configuration, with the overrides that it names")
  .option('--overrides <files...>', 'overrides per tenant, instead of those that the configuration names')
  .addOption(new Option('--url <url>', 'address of a running gateway').env('AUDITRAIL_GATEWAY_URL'))
  .addOption(new Option('--token <token>', "the reader's bearer token").env('AUDITRAIL_READ_TOKEN'))
  .addOption(new Option('--tenant <name>', "Loki's tenant").env('AUDITRAIL_TENANT').default('audit'))
  .addOption(
    new Option('--health <urls>', 'addresses that answer 2xx while something is well, with spaces between')
      .env('AUDITRAIL_HEALTH_URLS')
      .argParser((text) => text.split(/\s+/).filter(Boolean)),
  )
  .option('--every <duration>', 'look again after each such time, and tell what changes')
  .action(async (options: DoctorOptions) => {
    process.exitCode = await doctor(options);
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(`auditrail: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
