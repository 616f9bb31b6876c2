import { isIP } from 'node:net';

/** What a message of sshd says. */
export interface Told {
  action: string;
  outcome: 'success' | 'failure';
  /** For people. */
  description: string;
  /** The user name that was tried, where the message has one. */
  user?: string;
  ip?: string;
  port?: number;
  error?: string;
  /** `password`, `publickey`, `none`… */
  method?: string;
  /** The client's name for its address, as pam writes it. */
  rhost?: string;
  /** How often it happened beside the first time. */
  repeated?: number;
}

type Groups = Record<string, string | undefined>;
type Kind = { pattern: RegExp; tell: (groups: Groups) => Told };

const login = ({ method, user = '', ip, port }: Groups, unknown: boolean): Told => ({
  action: 'ssh.login',
  outcome: 'failure',
  description: `${user} could not sign in from ${ip}`,
  error: `failed ${method}${unknown ? ', no such user' : ''}`,
  user,
  ...where({ ip, port }),
  ...(method !== undefined && { method }),
});

const where = ({ ip, port, rhost }: Groups) => ({
  ...(ip !== undefined && { ip }),
  ...(port !== undefined && { port: Number(port) }),
  ...(rhost ? { rhost, ...(isIP(rhost) && { ip: rhost }) } : {}),
});

const pamFailure = (groups: Groups): Told => ({
  action: 'pam.authentication',
  outcome: 'failure',
  description: `PAM refused ${groups.user || 'an unknown user'} from ${groups.rhost || 'an unknown host'}`,
  error: 'authentication failure',
  ...(groups.user && { user: groups.user }),
  ...where(groups),
});

/** The message types of OpenSSH's sshd and of PAM under it; a user name may be anything, also empty or with spaces. */
const KINDS: Kind[] = [
  {
    pattern: /^Failed (?<method>\S+) for invalid user (?<user>.*) from (?<ip>\S+) port (?<port>\d+)(?: ssh2)?$/,
    tell: (groups) => login(groups, true),
  },
  {
    pattern: /^Failed (?<method>\S+) for (?<user>.*) from (?<ip>\S+) port (?<port>\d+)(?: ssh2.*)?$/,
    tell: (groups) => login(groups, false),
  },
  {
    pattern: /^Accepted (?<method>\S+) for (?<user>.*) from (?<ip>\S+) port (?<port>\d+)(?: ssh2.*)?$/,
    tell: ({ method = '', user = '', ip, port }) => ({
      action: 'ssh.login',
      outcome: 'success',
      description: `${user} signed in from ${ip} by ${method}`,
      user,
      method,
      ...where({ ip, port }),
    }),
  },
  {
    pattern: /^Invalid user (?<user>.*) from (?<ip>\S+)(?: port (?<port>\d+))?$/,
    tell: ({ user = '', ip, port }) => ({
      action: 'ssh.user.unknown',
      outcome: 'failure',
      description: `There is no user ${user}, asked for from ${ip}`,
      error: 'no such user',
      user,
      ...where({ ip, port }),
    }),
  },
  {
    pattern:
      /^reverse mapping checking getaddrinfo for (?<rhost>\S+) \[(?<ip>[^\]]+)\] failed - POSSIBLE BREAK-IN ATTEMPT!$/,
    tell: ({ rhost = '', ip = '' }) => ({
      action: 'ssh.break-in.suspected',
      outcome: 'failure',
      description: `Possible break-in attempt: ${ip} calls itself ${rhost}, which has another address`,
      error: 'reverse mapping failed',
      rhost,
      ip,
    }),
  },
  {
    pattern:
      /^(?:error: )?Received disconnect from (?<ip>[^\s:]+|\S+?)(?: port (?<port>\d+))?: ?(?<code>\d+): (?<reason>.*?)(?: \[preauth\])?$/,
    tell: ({ ip, port, code, reason = '' }) => ({
      action: 'ssh.disconnect',
      outcome: 'success',
      description: `${ip} disconnected: ${reason.trim() || `code ${code}`}`,
      ...where({ ip, port }),
    }),
  },
  {
    pattern: /^Connection closed by (?<ip>\S+)(?: port (?<port>\d+))?(?: \[preauth\])?$/,
    tell: ({ ip, port }) => ({
      action: 'ssh.connection.closed',
      outcome: 'success',
      description: `${ip} closed the connection`,
      ...where({ ip, port }),
    }),
  },
  {
    pattern: /^Did not receive identification string from (?<ip>\S+)(?: port (?<port>\d+))?$/,
    tell: ({ ip, port }) => ({
      action: 'ssh.identification',
      outcome: 'failure',
      description: `${ip} did not say what it is: a scan, or no SSH client`,
      error: 'no identification string',
      ...where({ ip, port }),
    }),
  },
  {
    pattern: /^Disconnecting: Too many authentication failures for (?<user>.*?)(?: \[preauth\])?$/,
    tell: ({ user = '' }) => ({
      action: 'ssh.login.limit',
      outcome: 'failure',
      description: `Disconnected: too many authentication failures for ${user}`,
      error: 'too many authentication failures',
      user,
    }),
  },
  {
    pattern: /^pam_unix\(sshd:auth\): authentication failure;.*? rhost=(?<rhost>\S*)(?:\s+user=(?<user>.*))?\s*$/,
    tell: pamFailure,
  },
  {
    pattern: /^PAM (?<repeated>\d+) more authentication failures?;.*? rhost=(?<rhost>\S*)(?:\s+user=(?<user>.*))?\s*$/,
    tell: (groups) => {
      const told = pamFailure(groups);
      const repeated = Number(groups.repeated);
      return { ...told, description: `${told.description} ${repeated} more times`, repeated };
    },
  },
  {
    pattern: /^PAM service\(sshd\) ignoring max retries; (?<tries>\d+) > (?<limit>\d+)$/,
    tell: ({ tries, limit }) => ({
      action: 'pam.retries.exceeded',
      outcome: 'failure',
      description: `${tries} tries on one connection, where PAM allows ${limit}`,
      error: 'more tries than allowed',
    }),
  },
  {
    pattern: /^pam_unix\(sshd:session\): session (?<what>opened|closed) for user (?<user>\S+)(?: by .*)?$/,
    tell: ({ what, user = '' }) => ({
      action: `ssh.session.${what}`,
      outcome: 'success',
      description: `The session of ${user} was ${what}`,
      user,
    }),
  },
];

const REPEATED = /^message repeated (\d+) times: \[ (.*)\]$/;

/** What a message says; one that is not known is told as it stands. */
export function readMessage(message: string): Told {
  const [, times, inner] = REPEATED.exec(message) ?? [];
  if (inner !== undefined) {
    const told = readMessage(inner);
    return { ...told, description: `${told.description}, ${times} more times`, repeated: Number(times) };
  }
  for (const { pattern, tell } of KINDS) {
    const match = pattern.exec(message);
    if (match) return tell({ ...match.groups });
  }
  const failed = /^(error|fatal): /.test(message);
  return {
    action: 'ssh.message',
    outcome: failed ? 'failure' : 'success',
    description: message,
    ...(failed && { error: message }),
  };
}
