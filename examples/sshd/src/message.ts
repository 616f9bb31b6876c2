import { isIP } from 'node:net';

/** A parsed sshd message. */
export interface Message {
  action: string;
  /** `unknown` if the message does not contain the outcome. */
  outcome: 'success' | 'failure' | 'unknown';
  /** For people. */
  description: string;
  /** The user name, if the message has one. */
  user?: string;
  ip?: string;
  port?: number;
  error?: string;
  /** `password`, `publickey`, `none`… */
  method?: string;
  /** The client's host name, from PAM. */
  rhost?: string;
  /** The number of repetitions. */
  repeated?: number;
}

export type Groups = Record<string, string | undefined>;

/** A kind of message. Patterns are anchored at both ends, because users and clients choose parts of messages. */
export interface Kind {
  pattern: RegExp;
  read: (groups: Groups) => Message;
}

/** The pattern of an address; {@link addressOf} validates it. */
export const IP = '(?<ip>(?=[^\\s.:]*[.:])[0-9A-Fa-f:.]+(?:%[\\w.-]+)?|UNKNOWN)';
export const PORT = ' port (?<port>\\d+)';

/** The valid ones of a match's address, port and host name. */
export function addressOf({ ip, port, rhost }: Groups): Pick<Message, 'ip' | 'port' | 'rhost'> {
  const address = [ip, rhost].find((text) => text !== undefined && isIP(text) !== 0);
  return {
    ...(address !== undefined && { ip: address }),
    ...(port !== undefined && { port: Number(port) }),
    ...(rhost && { rhost }),
  };
}

/** Returns `ada` for `ada(uid=1000)`, which PAM writes since version 1.5. */
export const withoutUid = (user: string) => user.replace(/\(uid=\d+\)$/, '');

interface AddressMatch {
  /** The text before the match. */
  user: string;
  ip: string;
  port: string;
  /** The text after the match. */
  rest: string;
}

/** Finds all matches of ` from IP port N ssh2` in a text, or with other text before and after. */
export function findAddresses(text: string, before = ' from ', after = ' ssh2'): AddressMatch[] {
  const escaped = (part: string) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`${escaped(before)}${IP}${PORT}${escaped(after)}(?=$|[:\\s])`, 'g');
  return [...text.matchAll(pattern)].map((match) => ({
    user: text.slice(0, match.index),
    ip: match.groups?.['ip'] ?? '',
    port: match.groups?.['port'] ?? '',
    rest: text.slice(match.index + match[0].length),
  }));
}
