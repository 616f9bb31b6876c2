import { isIP } from 'node:net';

/** What a message of sshd says. */
export interface Message {
  action: string;
  /** `unknown` if the message does not say whether something succeeded. */
  outcome: 'success' | 'failure' | 'unknown';
  /** For people. */
  description: string;
  /** The user name that was tried, if the message has one. */
  user?: string;
  ip?: string;
  port?: number;
  error?: string;
  /** `password`, `publickey`, `none`… */
  method?: string;
  /** The client's name for its address, as PAM writes it. */
  rhost?: string;
  /** How often it happened beside the first time. */
  repeated?: number;
}

export type Groups = Record<string, string | undefined>;

/** One kind of message: anchored at both ends, because users and clients choose parts of it. */
export interface Kind {
  pattern: RegExp;
  read: (groups: Groups) => Message;
}

/** An address, in patterns; {@link addressOf} checks it. */
export const IP = '(?<ip>(?=[^\\s.:]*[.:])[0-9A-Fa-f:.]+(?:%[\\w.-]+)?|UNKNOWN)';
export const PORT = ' port (?<port>\\d+)';

/** Address, port and host name of a match, as far as they are what they should be. */
export function addressOf({ ip, port, rhost }: Groups): Pick<Message, 'ip' | 'port' | 'rhost'> {
  const address = [ip, rhost].find((text) => text !== undefined && isIP(text) !== 0);
  return {
    ...(address !== undefined && { ip: address }),
    ...(port !== undefined && { port: Number(port) }),
    ...(rhost && { rhost }),
  };
}

/** `ada` of `ada(uid=1000)`, as PAM has it since version 1.5. */
export const withoutUid = (user: string) => user.replace(/\(uid=\d+\)$/, '');

interface Place {
  user: string;
  ip: string;
  port: string;
  /** What follows. */
  rest: string;
}

/** Every place in a text that reads ` from IP port N ssh2` (or with another beginning and end). */
export function addressPlaces(text: string, before = ' from ', after = ' ssh2'): Place[] {
  const escaped = (part: string) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`${escaped(before)}${IP}${PORT}${escaped(after)}(?=$|[:\\s])`, 'g');
  return [...text.matchAll(pattern)].map((match) => ({
    user: text.slice(0, match.index),
    ip: match.groups?.['ip'] ?? '',
    port: match.groups?.['port'] ?? '',
    rest: text.slice(match.index + match[0].length),
  }));
}
