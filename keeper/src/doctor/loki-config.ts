import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { checkRetention, retentionLimits, type Finding } from './retention.ts';

const limitsSchema = retentionLimits.extend({
  // YAML reads an unquoted time as text or as a date.
  block_ingestion_until: z.union([z.string(), z.date()]).optional(),
  block_ingestion_status_code: z.number().optional(),
});
type Limits = z.infer<typeof limitsSchema>;

const configSchema = z.looseObject({
  limits_config: limitsSchema.extend({ per_tenant_override_config: z.string().optional() }).nullish(),
  runtime_config: z.looseObject({ file: z.string().optional() }).nullish(),
});
const overridesSchema = z
  .looseObject({ overrides: z.record(z.string(), limitsSchema.nullable()).nullish() })
  .nullable();

/** Replaces `${NAME}`, `${NAME:-default}` and `${NAME:default}`, as Loki does with -config.expand-env=true. */
export function expandEnv(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(
    /\$\{(\w+)(?::-?([^}]*))?\}/g,
    (_, name: string, preset: string | undefined) => env[name] || (preset ?? ''),
  );
}

function read<T>(file: string, schema: z.ZodType<T>, env: NodeJS.ProcessEnv): T {
  try {
    return schema.parse(parse(expandEnv(readFileSync(file, 'utf8'), env)));
  } catch (cause) {
    const remedy =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? '; give files with overrides with --overrides' : '';
    throw new Error(`${file} cannot be read as a Loki configuration: ${(cause as Error).message}${remedy}`, {
      cause,
    });
  }
}

// Loki's own default.
const BLOCKED_STATUS = 260;

/** If Loki blocks a tenant's pushes, its answer must be an error: on success, senders delete their entries. */
function checkBlocking(own: Limits, inherited: Limits, who: string): Finding[] {
  const until = own.block_ingestion_until;
  const status = own.block_ingestion_status_code ?? inherited.block_ingestion_status_code ?? BLOCKED_STATUS;
  if (until === undefined || status < 200 || status > 299) return [];
  const remedy = 'set block_ingestion_status_code: 503, so that senders keep blocked entries and try again';
  return [
    { ok: false, what: `${who}: ingestion is blocked, and senders are answered with ${status}, a success`, remedy },
  ];
}

// The configuration contains the path as Loki sees it, often in a container: the file is then beside the configuration.
function hereOrBeside(named: string, config: string): string {
  const beside = join(dirname(config), basename(named));
  if (existsSync(named) || !existsSync(beside)) return named;
  return beside;
}

export interface LokiConfigOptions {
  /** Files with overrides per tenant, instead of those in the configuration. */
  overrides?: string[];
  /** Values of the configuration's `${…}`. Default: the process's environment. */
  env?: NodeJS.ProcessEnv;
}

/**
 * Checks Loki's configuration and its overrides: no tenant's retention is under 30 days, and blocked pushes are not
 * answered with success.
 *
 * @throws Error if a file is missing or is not a Loki configuration.
 * @example checkLokiConfig('loki.yaml').filter(({ ok }) => !ok)
 */
export function checkLokiConfig(file: string, { overrides, env = process.env }: LokiConfigOptions = {}): Finding[] {
  const config = read(file, configSchema, env);
  const settings = [config.runtime_config?.file, config.limits_config?.per_tenant_override_config];
  const files = overrides ?? settings.flatMap((names) => names?.split(',') ?? []).filter(Boolean);
  const common = { retention_period: '0s', ...config.limits_config };
  const findings = checkRetention(common, 'every tenant', file);
  findings.push(...checkBlocking(common, common, 'every tenant'));
  for (const named of files) {
    const each = overrides ? named : hereOrBeside(named, file);
    if (each !== named)
      findings.push({ ok: true, what: `${named} is not on this machine: ${each} was checked instead` });
    const tenants = read(each, overridesSchema, env)?.overrides ?? {};
    for (const [tenant, limits] of Object.entries(tenants)) {
      if (!limits) continue;
      const who = `tenant ${tenant}`;
      findings.push(...checkRetention(limits, who, each), ...checkBlocking(limits, common, who));
    }
  }
  return findings;
}
