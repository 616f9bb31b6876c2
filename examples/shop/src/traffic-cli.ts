import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { attack, ATTACKS } from './attack.ts';
import type { SeedAccount } from './seed.ts';
import { startTraffic } from './traffic.ts';

const USAGE = `Simulates users or an attacker in the example shop, which must run on this machine with --trust-proxy.

  npm run traffic -w examples/shop -- --url URL [options]

  --accounts FILE   the shop's accounts.json (default .data/shop/accounts.json)
  --rate N          steps per second (default 1)
  --seconds N       duration (default: until Ctrl-C)
  --attack KIND     an attack instead of users: ${ATTACKS.join(', ')}`;

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    accounts: { type: 'string', default: '.data/shop/accounts.json' },
    rate: { type: 'string', default: '1' },
    seconds: { type: 'string' },
    attack: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`--${name} must be greater than 0, not ${text}`);
  return number;
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const { url } = values;
  // npm changes to the workspace's folder; relative paths are relative to the user's folder.
  const file = resolve(process.env['INIT_CWD'] ?? '.', values.accounts);
  const accounts = JSON.parse(readFileSync(file, 'utf8')) as SeedAccount[];
  const kind = ATTACKS.find((name) => name === values.attack);
  if (values.attack !== undefined) {
    if (!kind) throw new Error(`unknown attack ${values.attack}; use one of: ${ATTACKS.join(', ')}`);
    await attack({ url, kind, accounts });
    console.log(`${kind}: done`);
    return;
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const seconds = values.seconds === undefined ? undefined : numberOf('seconds', values.seconds);
  const timer = seconds === undefined ? undefined : setTimeout(() => stop.abort(), seconds * 1_000);
  const report = await startTraffic({
    url,
    accounts,
    rate: numberOf('rate', values.rate),
    signal: stop.signal,
    onProblem: (error) => console.error(error instanceof Error ? `traffic: ${error.message}` : error),
  });
  clearTimeout(timer);
  console.log(`${report.visits} visits, ${report.steps} steps, ${report.problems} problems`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? `traffic: ${error.message}` : error);
  process.exitCode = 1;
});
