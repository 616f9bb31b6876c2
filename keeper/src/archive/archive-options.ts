import { Option, type Command } from 'commander';

/** The option that switches object lock on. */
export const archiveLockOption = () =>
  new Option('--archive-lock <mode>', 'have the bucket protect archived days for that time (object lock)').choices([
    'compliance',
    'governance',
  ]);

/** Adds the options by which a bucket is reached. */
export function addS3Options(command: Command): Command {
  return command
    .addOption(new Option('--s3-endpoint <url>', 'address of an S3-compatible server').env('AUDITRAIL_S3_ENDPOINT'))
    .addOption(new Option('--s3-region <name>', 'its region').env('AWS_REGION').default('us-east-1'))
    .addOption(new Option('--s3-key-id <id>', 'its access key').env('AWS_ACCESS_KEY_ID'))
    .addOption(new Option('--s3-secret <secret>', "the key's secret").env('AWS_SECRET_ACCESS_KEY'));
}
