import { httpLokiClient } from '@auditrail/core/loki';
import { Option, type Command } from 'commander';
import { GatewayTokenSet } from '../gateway-tokens/index.ts';
import { needed } from '../serve/command-options.ts';
import type { S3Connection } from '../serve/s3-client.ts';
import { tenantName, tenantOption } from '../terminal/tenant-option.ts';
import { readKeys } from '../verify/source.ts';
import { addS3Options } from './archive-options.ts';
import { daysOf, withDuck } from './archive-days.ts';
import { openArchive } from './open-archive.ts';
import { restoreDays } from './restore.ts';

interface RestoreCommandOptions extends S3Connection {
  archive: string;
  tenant: string;
  into: string;
  from: string;
  to: string;
  url: string;
  endpoint?: string;
  token: string;
  publicKey?: string[];
  ignoreRetention?: boolean;
}

async function restore(options: RestoreCommandOptions): Promise<void> {
  const { tenant, into, from, to, url, endpoint = url } = options;
  const tokens = new GatewayTokenSet(options.token);
  const [read, write] = [tokens.of(into, 'read'), tokens.of(into, 'write')];
  const publicKeys = readKeys(options.publicKey);
  if (Object.keys(publicKeys).length === 0) {
    console.error('Without --public-key, the signatures of the manifests are not checked.');
  }
  await withDuck(async (duck, work) => {
    const days = await restoreDays({
      ...{ store: openArchive(options), tenant, into, days: daysOf(from, to), publicKeys, duck, work },
      loki: httpLokiClient({ url, tenant: into, headers: { Authorization: `Bearer ${read}` } }),
      target: { endpoint, token: write },
      ...(options.ignoreRetention && { ignoreRetention: true }),
      onDay: ({ day, entries, sent }) => console.error(`${day}: ${entries} entries, ${sent} sent, read back`),
    });
    const entries = days.reduce((sum, day) => sum + day.entries, 0);
    console.log(`${days.length} days with ${entries} entries of tenant ${tenant} are in tenant ${into}`);
  });
}

/** Adds `auditrail restore`. */
export function addRestoreCommand(program: Command): void {
  const command = program
    .command('restore')
    .description('put archived days into a separate tenant of Loki, byte for byte, and read them back')
    .requiredOption('--archive <address>', 'the archive: a folder, or s3://bucket/prefix')
    .addOption(tenantOption())
    .requiredOption(
      '--into <name>',
      'the tenant that gets the entries; it has no other entries on these days',
      tenantName,
    )
    .requiredOption('--from <time>', 'the first day: a date, or a duration ago')
    .requiredOption('--to <time>', 'the last day')
    .addOption(needed('--url <url>', 'address of the gateway', 'AUDITRAIL_GATEWAY_URL'))
    .addOption(new Option('--endpoint <url>', 'OTLP address, if it differs from --url').env('AUDITRAIL_ENDPOINT'))
    .addOption(
      needed(
        '--token <tokens>',
        'two gateway tokens of the tenant --into, to read and to write',
        'AUDITRAIL_READ_TOKEN',
      ),
    )
    .option('--public-key <id=file...>', 'Ed25519 public keys that sign the manifests, in PEM')
    .option('--ignore-retention', "restore days that Loki's retention deletes soon");
  addS3Options(command)
    .addHelpText('after', '\nExit code: 0 restored and read back, 2 not (wrong use, refused, read back differently).')
    .action(async (options: RestoreCommandOptions) => {
      try {
        await restore(options);
      } catch (error) {
        console.error(`auditrail: ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 2;
      }
    });
}
