import { spawn } from 'node:child_process';

/** Runs a system program. @returns the reason for a failure in one line, or an empty string */
export function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(code === 0 ? '' : errors.trim().split('\n')[0] || `exit code ${code}`));
  });
}
