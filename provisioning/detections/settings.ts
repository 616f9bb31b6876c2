import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

// Grafana treats a dollar in a provisioning file as an environment variable.
const names = z.array(z.string().regex(/^[^$]+$/, 'must not be empty or contain a dollar')).min(1);
// Links contain actions.
const actionNames = z
  .array(z.string().regex(/^[\w.:-]+$/, 'must only have letters, digits, "_", ".", ":" and "-"'))
  .min(1);

/** The action names that rules search for. */
const actions = z.strictObject({
  signIn: actionNames.default(['user.login', 'ssh.login']),
  secondFactorRequested: actionNames.default(['user.mfa.challenged']),
  locked: actionNames.default(['user.locked']),
  roleGranted: actionNames.default(['user.role.granted']),
  accountCreated: actionNames.default(['user.created']),
  accountDeleted: actionNames.default(['user.deleted']),
  exported: actionNames.default(['audit.exported', 'audit.export.created', 'audit.export.downloaded', 'data.exported']),
  impersonationStarted: actionNames.default(['user.impersonation_started']),
  auditSettingsChanged: actionNames.default(['audit.settings.updated']),
});

const schema = z.strictObject({
  actions: actions.prefault({}),
  privilegedRoles: names.default(['admin', 'administrator', 'owner', 'root', 'superuser']),
  /** `error.code` of a sign-in that was refused only because the account is locked. */
  lockedErrorCodes: names.default(['account_locked', 'ACCOUNT_LOCKED', 'USER_LOCKED', 'BANNED_USER']),
  /** Ids of rules that are not generated. */
  disabled: z.array(z.string()).default([]),
  /** Thresholds by the id of the rule. */
  thresholds: z.record(z.string(), z.record(z.string(), z.number().int().positive())).default({}),
  /** URL or path of the folder with detections.md, without a trailing slash: the start of `runbook_url`. */
  docsUrl: z
    .string()
    .regex(/^[\w./:~-]+[^/]$/, 'must be a URL or a path without a trailing slash')
    .default('docs'),
});

export type Settings = z.output<typeof schema>;

/** The path of the file with the overrides in this folder's parent. */
export const SETTINGS_FILE = 'detections.yaml';

/**
 * Reads overrides of the rules; what they omit keeps its default.
 *
 * @throws Error that names each wrong member.
 */
export function parseSettings(text: string): Settings {
  const result = schema.safeParse(parse(text) ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`);
  throw new Error(`${SETTINGS_FILE} is not valid: ${problems.join('; ')}`);
}

/** The settings of this folder. */
export const SETTINGS = parseSettings(readFileSync(new URL(`../${SETTINGS_FILE}`, import.meta.url), 'utf8'));
