import { listDeadLetters, resendDeadLetters } from '@auditrail/sdk/dead-letters';
import { Option, type Command } from 'commander';
import { parseDurationMs } from '@auditrail/core/loki';
import { plainText } from './terminal/plain-text.ts';
import { tenantOption } from './terminal/tenant-option.ts';
import { UsageError } from './terminal/usage-error.ts';

/** Exit codes of the commands. */
const EXIT = { none: 0, some: 1, failed: 2 } as const;

interface ResendCommandOptions {
  endpoint?: string;
  writeToken?: string;
  tenant: string;
  patience: string;
}

const plain = (text: unknown) => (typeof text === 'string' ? plainText(text, { maxLength: 200 }) : '-');

function about(line: string): string {
  try {
    const { id, time, action, service } = JSON.parse(line) as Record<string, unknown>;
    return [id, time, service, action].map(plain).join('  ');
  } catch {
    return `not an entry: ${plain(line)}`;
  }
}

async function list(folder: string, { json }: { json?: boolean }): Promise<number> {
  let count = 0;
  for await (const letter of listDeadLetters(folder)) {
    count += 1;
    if (json) console.log(JSON.stringify(letter));
    else console.log(`${about(letter.line)}\n  refused ${plain(letter.time)}: ${plain(letter.reason)}`);
  }
  if (!json) console.log(`${count} dead letters`);
  return count === 0 ? EXIT.none : EXIT.some;
}

async function resend(folder: string, options: ResendCommandOptions): Promise<number> {
  const { endpoint, writeToken: token, tenant } = options;
  const patienceMs = parseDurationMs(options.patience);
  if (!endpoint) throw new UsageError('give --endpoint, the OTLP address of the collector (AUDITRAIL_ENDPOINT)');
  if (!patienceMs) throw new UsageError('--patience takes a duration such as 30s or 5m');
  const { accepted, refused, complete } = await resendDeadLetters({ folder, endpoint, token, tenant, patienceMs });
  const rest = complete ? '' : '; the collector did not answer; run it again to send the rest';
  console.log(`${accepted} accepted, ${refused} refused again${rest}`);
  if (!complete) return EXIT.failed;
  return refused === 0 ? EXIT.none : EXIT.some;
}

async function run(command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    console.error(`auditrail: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = EXIT.failed;
  }
}

/** Adds `auditrail dead-letters`. */
export function addDeadLettersCommands(program: Command): void {
  const letters = program
    .command('dead-letters')
    .description('entries that the collector refused permanently, in the spool folder of an application');
  letters
    .command('list')
    .description('list refused entries with time and reason')
    .argument('<folder>', 'the spool folder of the application')
    .option('--json', 'one line of JSON each, with the entry as it was recorded')
    .addHelpText(
      'after',
      `\nExit code: ${EXIT.none} no dead letters, ${EXIT.some} dead letters, ${EXIT.failed} not a spool folder.`,
    )
    .action((folder: string, options: { json?: boolean }) => run(() => list(folder, options)));
  letters
    .command('resend')
    .description('send them again, byte for byte, also while the application is running')
    .argument('<folder>', 'the spool folder of the application')
    .addOption(new Option('--endpoint <url>', 'OTLP address of the collector').env('AUDITRAIL_ENDPOINT'))
    .addOption(new Option('--write-token <token>', "the collector's bearer token").env('AUDITRAIL_WRITE_TOKEN'))
    .addOption(tenantOption())
    .option('--patience <duration>', 'give up if the collector accepts nothing for this long', '30s')
    .addHelpText(
      'after',
      `
Exit code: ${EXIT.none} all were accepted, ${EXIT.some} some were refused again and stay, ${EXIT.failed} not all were tried (wrong use, no answer).
After ${EXIT.failed}, or an interruption, run it again: accepted entries are not sent again.`,
    )
    .action((folder: string, options: ResendCommandOptions) => run(() => resend(folder, options)));
}
