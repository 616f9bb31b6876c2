import { InvalidArgumentError, Option } from 'commander';
import { parseDurationMs } from '@auditrail/core/loki';

/** The option `--folder` of commands that work with the keeper's state. */
export const folderOption = () =>
  new Option('--folder <folder>', "the keeper's own folder, on a disk that survives a restart")
    .env('AUDITRAIL_KEEPER_FOLDER')
    .makeOptionMandatory();

/** An option that must be given, on the command line or in the environment. */
export const needed = (flags: string, description: string, variable: string) =>
  new Option(flags, description).env(variable).makeOptionMandatory();

/** Reads a count. @throws InvalidArgumentError */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number from 1.');
  return value;
}

// Later times cannot be written in RFC 3339.
const LONGEST_MS = 100 * 365 * 24 * 3_600_000;

/** Milliseconds of a duration. @throws InvalidArgumentError */
export function duration(text: string): number {
  const value = parseDurationMs(text);
  if (!value || value > LONGEST_MS) throw new InvalidArgumentError('Give a duration such as 12h or 90d, up to 100y.');
  return value;
}
