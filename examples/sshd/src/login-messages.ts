import { addressOf, addressPlaces, IP, PORT, type Groups, type Kind, type Message } from './message.ts';

// What sshd appends for a key: a type and a fingerprint. A certificate's id and a client's user are chosen by the client.
const KEY = /^: \S+ (?:SHA256:[\w+/=]+|(?:MD5:)?[0-9a-f:]{47})$/;

/**
 * User and address of `USER from IP port N ssh2…`. A known user's name has no such text in it, so the first place counts. A
 * name that is not known may have: then the place counts that ends the line, alone or with a key; several others leave the
 * address open.
 */
function whoAndWhere(text: string, known: boolean): Groups {
  const places = addressPlaces(text);
  const [only, ...more] = places;
  const place = known || more.length === 0 ? only : places.findLast(({ rest }) => rest === '' || KEY.test(rest));
  return place ? { user: place.user, ip: place.ip, port: place.port } : { user: only?.user };
}

const login = (groups: Groups, unknownUser: boolean): Message => {
  const { method = '', rest = '' } = groups;
  const found = whoAndWhere(rest, !unknownUser);
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
    description: `${user} may not sign in: ${reason}`,
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

/** Sign-ins, and why there was none. */
export const LOGIN_KINDS: Kind[] = [
  {
    pattern: /^Failed (?<method>\S+) for (?:invalid|illegal) user (?<rest>.* from .*)$/,
    read: (groups) => login(groups, true),
  },
  { pattern: /^Failed (?<method>\S+) for (?<rest>.* from .*)$/, read: (groups) => login(groups, false) },
  {
    pattern: /^Accepted (?<method>\S+) for (?<rest>.* from .*)$/,
    read: ({ method = '', rest = '' }) => {
      const found = whoAndWhere(rest, true);
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
      const found = whoAndWhere(rest, invalid === undefined);
      const { user = '' } = found;
      return {
        action: 'ssh.login.continued',
        outcome: 'unknown',
        description: `${user} goes on to sign in by ${method}: ${state === 'Partial' ? 'one of several steps is done' : 'not done yet'}`,
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
      description: `There is no user ${groups['user'] ?? ''}, asked for from ${groups['ip'] ?? ''}`,
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
