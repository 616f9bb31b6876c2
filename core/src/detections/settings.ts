import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

// Grafana treats a dollar in a provisioning file as an environment variable.
const names = z
  .array(z.string().check(z.regex(/^[^$]+$/, 'must not be empty or contain a dollar')))
  .check(z.minLength(1));
// Links contain actions.
const actionNames = z
  .array(z.string().check(z.regex(/^[\w.:-]+$/, 'must only have letters, digits, "_", ".", ":" and "-"')))
  .check(z.minLength(1));
const actionsOr = (...defaults: string[]) => z._default(actionNames, defaults);

/** The action names that rules search for. */
const actions = z.strictObject({
  signIn: actionsOr('user.login', 'ssh.login'),
  secondFactorRequested: actionsOr('user.mfa.challenged'),
  secondFactorDenied: actionsOr('user.mfa.denied'),
  secondFactorRemoved: actionsOr('user.mfa.disabled', 'user.passkey.deleted'),
  secondFactorAdded: actionsOr('user.mfa.enabled', 'user.passkey.created'),
  passwordReset: actionsOr('user.password_reset'),
  locked: actionsOr('user.locked'),
  roleGranted: actionsOr('user.role.granted'),
  accountCreated: actionsOr('user.created'),
  accountDeleted: actionsOr('user.deleted'),
  exported: actionsOr('audit.exported', 'audit.export.created', 'audit.export.downloaded', 'data.exported'),
  impersonationStarted: actionsOr('user.impersonation_started'),
  auditSettingsChanged: actionsOr(
    'audit.settings.updated',
    'audit.retention.updated',
    'audit.categories.updated',
    'audit.exports.updated',
    'audit.detections.updated',
  ),
});

const schema = z.strictObject({
  actions: z.prefault(actions, {}),
  privilegedRoles: z._default(names, ['admin', 'administrator', 'owner', 'root', 'superuser']),
  /** `error.code` of a sign-in that was refused only because the account is locked. */
  lockedErrorCodes: z._default(names, ['account_locked', 'ACCOUNT_LOCKED', 'USER_LOCKED', 'BANNED_USER']),
  /** Channels of the entries about reads of personal data. */
  personalDataChannels: z._default(actionNames, ['pii-read']),
  /** Events of actions that change nothing. */
  readEvents: z._default(actionNames, [
    ...['read', 'viewed', 'listed', 'searched', 'downloaded', 'exported', 'login', 'logout'],
    ...['impersonation_started', 'impersonation_ended'],
  ]),
  /** Ids of rules that are not generated. */
  disabled: z._default(z.array(z.string()), []),
  /** Thresholds by the id of the rule. */
  thresholds: z._default(z.record(z.string(), z.record(z.string(), z.int().check(z.positive()))), {}),
  /** URL or path of the folder with detections.md, without a trailing slash: the start of `runbook_url`. */
  docsUrl: z._default(
    z.string().check(z.regex(/^[\w./:~-]+[^/]$/, 'must be a URL or a path without a trailing slash')),
    'docs',
  ),
});

/** The overrides of the rules with their defaults. */
export type Settings = z.output<typeof schema>;

// zod/mini has no messages of its own.
const messages = { error: en().localeError };

/**
 * Checks overrides of the rules, as parsed from YAML or JSON; what they omit keeps its default.
 *
 * @throws Error that names each wrong member.
 * @example parseSettings({ privilegedRoles: ['owner'] })
 */
export function parseSettings(overrides: unknown): Settings {
  const result = schema.safeParse(overrides ?? {}, messages);
  if (result.success) return result.data;
  throw settingsError(result.error.issues.map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`));
}

/** @internal */
export function settingsError(problems: readonly string[]): Error {
  return new Error(`the settings of the alert rules are not valid: ${problems.join('; ')}`);
}
