import { addressOf, findAddresses, IP, PORT, type Groups, type Kind, type Message } from './message.ts';

// The type and fingerprint that sshd appends for a key. Clients choose other text there, such as a certificate's id.
const KEY = /^: \S+ (?:SHA256:[\w+/=]+|(?:MD5:)?[0-9a-f:]{47})$/;

/**
 * User and address of `USER from IP port N ssh2…`. The name of an existing user contains no such text, so the first match is
 * used. An unknown name may contain it: then the match at the end of the line is used, alone or with a key; otherwise there is
 * no address.
 */
function userAndAddress(text: string, known: boolean): Groups {
  const matches = findAddresses(text);
  const [first] = matches;
  const match = known || matches.length === 1 ? first : matches.findLast(({ rest }) => rest === '' || KEY.test(rest));
  return match ? { user: match.user, ip: match.ip, port: match.port } : { user: first?.user };
}

const login = (groups: Groups, unknownUser: boolean): Message => {
  const { method = '', rest = '' } = groups;
  const found = userAndAddress(rest, !unknownUser);
  const { user = '' } = found;
  return {
    action: 'ssh.login',
    outcome: 'failure',
    description: `${user} could not sign in from ${found['ip'] ?? 'an unknown address'}`,
    error: `failed ${method}${unknownUser ? ', no such user' : ''}`,
    user,
    method,
    ...addressOf(found),
  };
};

const refused = (groups: Groups): Message => {
  const { user = '', reason = '', host } = groups;
  return {
    action: 'ssh.login.refused',
    outcome: 'failure',
    description: `${user} is not allowed to sign in: ${reason}`,
    error: reason,
    user,
    ...addressOf({ ...groups, ...(host !== undefined && { rhost: host }) }),
  };
};

const tooMany = (groups: Groups): Message => ({
  action: 'ssh.login.limit',
  outcome: 'failure',
  description: `Disconnected: too many authentication failures for ${groups['user'] ?? ''}`,
  error: 'too many authentication failures',
  user: groups['user'] ?? '',
  ...addressOf(groups),
});

/** Messages about sign-ins. */
export const LOGIN_KINDS: Kind[] = [
  {
    pattern: /^Failed (?<method>\S+) for (?:invalid|illegal) user (?<rest>.* from .*)$/,
    read: (groups) => login(groups, true),
  },
  { pattern: /^Failed (?<method>\S+) for (?<rest>.* from .*)$/, read: (groups) => login(groups, false) },
  {
    pattern: /^Accepted (?<method>\S+) for (?<rest>.* from .*)$/,
    read: ({ method = '', rest = '' }) => {
      const found = userAndAddress(rest, true);
      const { user = '' } = found;
      return {
        action: 'ssh.login',
        outcome: 'success',
        description: `${user} signed in from ${found['ip'] ?? 'an unknown address'} by ${method}`,
        user,
        method,
        ...addressOf(found),
      };
    },
  },
  {
    pattern: /^(?<state>Postponed|Partial) (?<method>\S+) for (?:(?<invalid>invalid) user )?(?<rest>.* from .*)$/,
    read: ({ state, method = '', invalid, rest = '' }) => {
      const found = userAndAddress(rest, invalid === undefined);
      const { user = '' } = found;
      return {
        action: 'ssh.login.continued',
        outcome: 'unknown',
        description: `${user} is signing in by ${method}: ${state === 'Partial' ? 'one of several steps succeeded' : 'not finished'}`,
        user,
        method,
        ...addressOf(found),
      };
    },
  },
  {
    pattern: new RegExp(`^(?:Invalid|Illegal) user (?<user>.*) from ${IP}(?:${PORT})?$`),
    read: (groups) => ({
      action: 'ssh.user.unknown',
      outcome: 'failure',
      description: `${groups['ip'] ?? ''} tried the unknown user ${groups['user'] ?? ''}`,
      error: 'no such user',
      user: groups['user'] ?? '',
      ...addressOf(groups),
    }),
  },
  { pattern: /^User (?<user>\S+) from (?<host>\S+) not allowed because (?<reason>.*)$/, read: refused },
  { pattern: /^User (?<user>\S+) not allowed because (?<reason>.*)$/, read: refused },
  {
    pattern: /^(?:fatal: )?Access denied for user (?<user>\S+) by (?<reason>PAM account configuration)$/,
    read: refused,
  },
  {
    pattern: new RegExp(`^ROOT LOGIN REFUSED FROM ${IP}(?:${PORT})?$`),
    read: (groups) => refused({ ...groups, user: 'root', reason: 'root login refused' }),
  },
  { pattern: /^Disconnecting: Too many authentication failures for (?<user>.*)$/, read: tooMany },
  {
    pattern: new RegExp(
      `^error: maximum authentication attempts exceeded for (?:invalid user )?(?<user>.*) from ${IP}${PORT} ssh2$`,
    ),
    read: tooMany,
  },
];
