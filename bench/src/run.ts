import { spawn } from 'node:child_process';

/** Runs a system program; resolves with why it failed, in one line, or with nothing. */
export function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(code === 0 ? '' : said.trim().split('\n')[0] || `exit code ${code}`));
  });
}
