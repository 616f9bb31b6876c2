import type { BetterAuthPlugin } from 'better-auth';
import { createAuthMiddleware } from 'better-auth/api';
import { oneLine, type OperatorLog } from '../log.ts';
import type { Recorder } from '../context/with-request.ts';
import { AuthRecorder } from './auth-recorder.ts';
import type { AuthCall } from './auth-call.ts';
import type { AuthEvent } from './auth-event.ts';

export type { AuthEntry, AuthEvent, CallFacts, Row } from './auth-event.ts';
export { sessionIdentity, type AuthSession, type UserReader } from './session-identity.ts';

export interface AuditPluginOptions {
  /** Further endpoints to record, by path, such as those of your own plugins; `false` for one that is not to be recorded. */
  events?: Readonly<Record<string, AuthEvent | false>> | undefined;
  /** Logs entries that could not be recorded. Default: the console. */
  log?: OperatorLog | undefined;
}

/**
 * A plugin for better-auth that records sign-ins, failed ones too, sign-outs, new and deleted users, passwords, second
 * factors, passkeys, API keys, roles, organizations and what administrators do. While an administrator impersonates a user,
 * the administrator is the actor, and the user is in `onBehalfOf`.
 *
 * Put it after all other plugins that decide about a sign-in. An entry is on disk before the answer is sent. If it cannot be
 * stored, this is logged and the request continues.
 *
 * @example
 * export const auth = betterAuth({
 *   …
 *   plugins: [organization(), twoFactor(), auditPlugin(audit)],
 * });
 */
export function auditPlugin(
  audit: Recorder,
  { events = {}, log = console }: AuditPluginOptions = {},
): BetterAuthPlugin {
  const recorder = new AuthRecorder(audit, events);
  const guarded = async (call: AuthCall | null, work: (call: AuthCall | null) => Promise<void>): Promise<void> => {
    try {
      await work(call);
    } catch (error) {
      log.error(`auditrail: an entry of ${call?.path ?? 'better-auth'} was not recorded: ${oneLine(String(error))}`);
    }
  };
  const hook = (work: (call: AuthCall) => Promise<void>) => [
    {
      matcher: () => true,
      handler: createAuthMiddleware((call) => guarded(call as AuthCall, () => work(call as AuthCall))),
    },
  ];

  return {
    id: 'auditrail',
    init({ options: { plugins = [] } }) {
      const ids = plugins.map(({ id }) => id);
      if (ids.indexOf('two-factor') > ids.indexOf('auditrail')) {
        throw new TypeError(
          'auditPlugin: put it after twoFactor() in the list of plugins, which decides about sign-ins',
        );
      }
      return {
        options: {
          databaseHooks: {
            user: {
              create: { after: (user, call) => guarded(call, (call) => recorder.userCreated(user, call)) },
              delete: { after: (user, call) => guarded(call, (call) => recorder.userDeleted(user, call)) },
            },
            account: {
              create: { after: (account, call) => guarded(call, (call) => recorder.accountLinked(account, call)) },
            },
          },
        },
      };
    },
    hooks: { before: hook((call) => recorder.before(call)), after: hook((call) => recorder.after(call)) },
  };
}
