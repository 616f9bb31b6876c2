import { readFileSync } from 'node:fs';
import type { Command } from 'commander';

const SECRET = /^--(?:(?:write-|grafana-)?token|s3-secret)$/;

function readSecret(command: Command, flag: string, path: string): string {
  try {
    const secret = readFileSync(path, 'utf8').trim();
    if (secret !== '') return secret;
  } catch (error) {
    return command.error(`error: ${flag} cannot be read: ${(error as Error).message}`);
  }
  return command.error(`error: ${flag} ${path} is empty`);
}

/**
 * Adds an option for a file to each option that takes a token, in a command and its subcommands, such as `--token-file`
 * for `--token`; and warns of a token on the command line, which every user of the machine can see in the process list,
 * and which stays in the shell's history.
 */
export function addSecretFiles(command: Command): void {
  for (const option of command.options.filter(({ long }) => SECRET.test(long ?? ''))) {
    const name = option.name();
    const flag = `--${name}-file`;
    const instead = [flag, ...(option.envVar === undefined ? [] : [`the variable ${option.envVar}`])].join(' or ');
    command.option(`${flag} <path>`, `file with the value of --${name}`);
    command.on(`option:${name}-file`, (path: string) => {
      command.setOptionValueWithSource(option.attributeName(), readSecret(command, flag, path), 'cli');
    });
    command.on(`option:${name}`, () => {
      console.error(
        `auditrail: --${name} on the command line shows the token to every user of this machine: use ${instead}`,
      );
    });
    option.description += ` (deprecated on the command line: use ${instead})`;
  }
  command.commands.forEach(addSecretFiles);
}
