import { isTenant, TENANT_RULE } from '@auditrail/core';
import { InvalidArgumentError, Option } from 'commander';

/** Reads a tenant's name from the command line or the environment. @throws InvalidArgumentError */
export function tenantName(text: string): string {
  if (!isTenant(text)) throw new InvalidArgumentError(`Give ${TENANT_RULE}.`);
  return text;
}

/** The option `--tenant` of commands that read or write a trail. */
export function tenantOption(): Option {
  return new Option('--tenant <name>', "Loki's tenant").env('AUDITRAIL_TENANT').default('audit').argParser(tenantName);
}
