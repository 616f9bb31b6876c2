import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { checkRetention, retentionLimits, type Finding } from './retention.ts';

const configSchema = z.looseObject({
  limits_config: retentionLimits.extend({ per_tenant_override_config: z.string().optional() }).nullish(),
  runtime_config: z.looseObject({ file: z.string().optional() }).nullish(),
});
const overridesSchema = z
  .looseObject({ overrides: z.record(z.string(), retentionLimits.nullable()).nullish() })
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
    throw new Error(`${file} cannot be read as a configuration of Loki: ${(cause as Error).message}`, { cause });
  }
}

export interface LokiConfigOptions {
  /** Files with overrides per tenant, instead of those that the configuration names. */
  overrides?: string[];
  /** Values of the configuration's `${…}`; the process' own by default. */
  env?: NodeJS.ProcessEnv;
}

/**
 * Checks that no tenant's retention in Loki's configuration, nor in its overrides, is under 30 days.
 *
 * @throws Error where a file is missing or is no configuration of Loki.
 * @example checkLokiConfig('loki.yaml').filter(({ ok }) => !ok)
 */
export function checkLokiConfig(file: string, { overrides, env = process.env }: LokiConfigOptions = {}): Finding[] {
  const config = read(file, configSchema, env);
  const named = [config.runtime_config?.file, config.limits_config?.per_tenant_override_config];
  const files = overrides ?? named.flatMap((names) => names?.split(',') ?? []).filter(Boolean);
  const findings = checkRetention({ retention_period: '0s', ...config.limits_config }, 'every tenant', file);
  for (const each of files) {
    const tenants = read(each, overridesSchema, env)?.overrides ?? {};
    for (const [tenant, limits] of Object.entries(tenants)) {
      if (limits) findings.push(...checkRetention(limits, `tenant ${tenant}`, each));
    }
  }
  return findings;
}
