import { CONNECTION_KINDS } from './connection-messages.ts';
import { LOGIN_KINDS } from './login-messages.ts';
import type { Message } from './message.ts';
import { PAM_KINDS } from './pam-messages.ts';

/** The action of a message that is not understood. */
export const UNKNOWN_MESSAGE = 'ssh.message';

const KINDS = [...LOGIN_KINDS, ...CONNECTION_KINDS, ...PAM_KINDS];
const REPEATED = /^message repeated (\d+) times: \[ (.*)\]$/;
// Before or after authentication: in which process, not what happened.
const STAGE = / \[(?:preauth|postauth)\]$/;
// No kind is known, but it is no success.
const BAD =
  /^(?:error|fatal): |\b(?:not allowed|denied|refused|refusing|rejected|failed|failure|invalid|illegal|expired|locked|exceeded|unable to|no matching|break-in|bad|penalty|timeout|timed out)\b/i;

/** What a message says. One that is not understood is kept as it is, with the outcome `unknown`, or `failure` if it says so. */
export function readMessage(text: string): Message {
  const [, times, inner] = REPEATED.exec(text) ?? [];
  if (inner !== undefined) {
    const message = readMessage(inner);
    return { ...message, description: `${message.description}, ${times} more times`, repeated: Number(times) };
  }
  const said = text.replace(STAGE, '');
  for (const { pattern, read } of KINDS) {
    const match = pattern.exec(said);
    if (match) return read({ ...match.groups });
  }
  const failed = BAD.test(said);
  return {
    action: UNKNOWN_MESSAGE,
    outcome: failed ? 'failure' : 'unknown',
    description: text,
    ...(failed && { error: text }),
  };
}
