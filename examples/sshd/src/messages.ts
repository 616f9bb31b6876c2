import { CONNECTION_KINDS } from './connection-messages.ts';
import { LOGIN_KINDS } from './login-messages.ts';
import type { Message } from './message.ts';
import { PAM_KINDS } from './pam-messages.ts';

/** The action of an unknown message. */
export const UNKNOWN_MESSAGE = 'ssh.message';

const KINDS = [...LOGIN_KINDS, ...CONNECTION_KINDS, ...PAM_KINDS];
const REPEATED = /^message repeated (\d+) times: \[ (.*)\]$/;
// Only names the process that wrote the message.
const STAGE = / \[(?:preauth|postauth)\]$/;
// Words that mark an unknown message as a failure.
const FAILURE =
  /^(?:error|fatal): |\b(?:not allowed|denied|refused|refusing|rejected|failed|failure|invalid|illegal|expired|locked|exceeded|unable to|no matching|break-in|bad|penalty|timeout|timed out)\b/i;

/** Parses a message. An unknown one is kept unchanged, with the outcome `failure` if its text indicates one, or `unknown`. */
export function readMessage(text: string): Message {
  const [, times, inner] = REPEATED.exec(text) ?? [];
  if (inner !== undefined) {
    const message = readMessage(inner);
    return { ...message, description: `${message.description}, ${times} more times`, repeated: Number(times) };
  }
  const content = text.replace(STAGE, '');
  for (const { pattern, read } of KINDS) {
    const match = pattern.exec(content);
    if (match) return read({ ...match.groups });
  }
  const failed = FAILURE.test(content);
  return {
    action: UNKNOWN_MESSAGE,
    outcome: failed ? 'failure' : 'unknown',
    description: text,
    ...(failed && { error: text }),
  };
}
