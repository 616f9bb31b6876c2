import { addressOf, withoutUid, type Groups, type Kind, type Message } from './message.ts';

const failure = (groups: Groups, error = 'authentication failure'): Message => ({
  action: 'pam.authentication',
  outcome: 'failure',
  description: `PAM refused ${groups['user'] || 'an unknown user'} from ${groups['rhost'] || groups['ip'] || 'an unknown host'}`,
  error,
  ...(groups['user'] && { user: groups['user'] }),
  ...addressOf(groups),
});

// The fixed order prevents a user name from setting another address.
const FACTS = 'logname=\\S* uid=\\d* euid=\\d* tty=\\S* ruser=\\S* rhost=(?<rhost>\\S*)(?:\\s+user=(?<user>.*))?\\s*';
const MODULE = 'pam_\\w+\\(sshd(?::\\w+)?\\):';

/** PAM messages of sshd. The older form `sshd(pam_unix)[1]: …` is converted to `pam_unix(sshd): …` before. */
export const PAM_KINDS: Kind[] = [
  { pattern: new RegExp(`^${MODULE} authentication failure; ${FACTS}$`), read: (groups) => failure(groups) },
  {
    pattern: new RegExp(`^(?:error: )?PAM (?<repeated>\\d+) more authentication failures?; ${FACTS}$`),
    read: (groups) => {
      const message = failure(groups);
      const repeated = Number(groups['repeated']);
      return { ...message, description: `${message.description} ${repeated} more times`, repeated };
    },
  },
  {
    pattern: new RegExp(`^${MODULE} (?<repeated>\\d+) more authentication failures?; ${FACTS}$`),
    read: (groups) => ({ ...failure(groups), repeated: Number(groups['repeated']) }),
  },
  { pattern: new RegExp(`^${MODULE} check pass; user unknown$`), read: (groups) => failure(groups, 'user unknown') },
  {
    pattern: new RegExp(`^${MODULE} received for user (?<user>\\S+): \\d+ \\((?<reason>.*)\\)$`),
    read: (groups) => failure(groups, groups['reason']),
  },
  {
    pattern: /^error: PAM: (?<reason>.*) for (?:(?:illegal|invalid) user )?(?<user>.*) from (?<rhost>\S+)$/,
    read: (groups) => failure(groups, groups['reason']),
  },
  {
    pattern: new RegExp(`^${MODULE} access denied for user \`(?<user>\\S+)' from \`(?<rhost>\\S+)'$`),
    read: (groups) => failure(groups, 'access denied'),
  },
  {
    pattern: new RegExp(
      `^${MODULE} (?<reason>account (?<user>\\S+) has expired.*|expired password for user (?<user2>\\S+).*)$`,
    ),
    read: (groups) => failure({ ...groups, user: groups['user'] ?? groups['user2'] }, groups['reason']),
  },
  {
    pattern: /^PAM service\(sshd\) ignoring max retries; (?<tries>\d+) > (?<limit>\d+)$/,
    read: ({ tries, limit }) => ({
      action: 'pam.retries.exceeded',
      outcome: 'failure',
      description: `${tries} attempts on one connection, but PAM allows ${limit}`,
      error: 'more attempts than allowed',
    }),
  },
  {
    pattern: new RegExp(`^${MODULE} session (?<what>opened|closed) for user (?<user>\\S+)(?: by .*)?$`),
    read: ({ what, user = '' }) => ({
      action: `ssh.session.${what}`,
      outcome: 'success',
      description: `The session of ${withoutUid(user)} was ${what}`,
      user: withoutUid(user),
    }),
  },
];
