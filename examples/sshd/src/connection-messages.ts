import { addressOf, findAddresses, IP, PORT, type Groups, type Kind, type Message } from './message.ts';

const USER = '(?:(?:invalid user|authenticating user|user) (?<user>.*) )?';

const closed = (groups: Groups): Message => ({
  action: 'ssh.connection.closed',
  outcome: 'success',
  description: `${groups['ip'] ?? ''} closed the connection`,
  ...(groups['user'] && { user: groups['user'] }),
  ...addressOf(groups),
});

const refused = (groups: Groups, error: string, description: string): Message => ({
  action: 'ssh.connection.refused',
  outcome: 'failure',
  description,
  error,
  ...addressOf(groups),
});

/** Messages about connections: opened, closed, refused. */
export const CONNECTION_KINDS: Kind[] = [
  {
    pattern:
      /^reverse mapping checking getaddrinfo for (?<rhost>\S+) \[(?<ip>[^\]]+)\] failed(?: - POSSIBLE BREAK-IN ATTEMPT!|\.)$/,
    read: (groups) => ({
      action: 'ssh.break-in.suspected',
      outcome: 'failure',
      description: `Possible break-in attempt: ${groups['ip'] ?? ''} has the host name ${groups['rhost'] ?? ''}, which does not resolve to it`,
      error: 'reverse mapping failed',
      ...addressOf(groups),
    }),
  },
  {
    pattern: new RegExp(
      `^(?:error: )?Received disconnect from (?:${IP}: |(?<ip2>[0-9A-Fa-f:.%]+)${PORT}: ?)(?<code>\\d+): ?(?<reason>.*)$`,
    ),
    read: (groups) => {
      const { ip, ip2, port, code, reason = '' } = groups;
      const from = ip ?? ip2;
      return {
        action: 'ssh.disconnect',
        outcome: 'success',
        description: `${from} disconnected: ${reason.trim() || `code ${code}`}`,
        ...addressOf({ ip: from, port }),
      };
    },
  },
  {
    pattern: new RegExp(`^Disconnected from ${USER}${IP}(?:${PORT})?$`),
    read: (groups) => ({
      action: 'ssh.disconnect',
      outcome: 'success',
      description: `${groups['ip'] ?? ''} disconnected`,
      ...(groups['user'] && { user: groups['user'] }),
      ...addressOf(groups),
    }),
  },
  { pattern: new RegExp(`^Connection (?:closed|reset) by ${USER}${IP}(?:${PORT})?$`), read: closed },
  {
    // The reason can contain text of the client: if there are several matches, none is used.
    pattern: /^Disconnecting (?<kind>invalid|authenticating) user (?<rest>.*)$/,
    read: ({ rest = '' }) => {
      const matches = findAddresses(rest, ' ', '');
      const match = matches.length === 1 ? matches[0] : undefined;
      const reason = match?.rest.replace(/^: /, '');
      const tooMany = /Too many authentication failures$/.test(rest);
      const user = match?.user ?? '';
      return {
        action: tooMany ? 'ssh.login.limit' : 'ssh.disconnect',
        outcome: 'failure',
        description: `Disconnected ${user || 'a client'}: ${reason ?? rest}`,
        error: tooMany ? 'too many authentication failures' : (reason ?? 'disconnected by the server'),
        ...(user !== '' && { user }),
        ...(match && addressOf({ ip: match.ip, port: match.port })),
      };
    },
  },
  {
    pattern: new RegExp(`^Connection from ${IP}${PORT}(?: on \\S+ port \\d+(?: rdomain ".*")?)?$`),
    read: (groups) => ({
      action: 'ssh.connection.opened',
      outcome: 'success',
      description: `${groups['ip'] ?? ''} connected`,
      ...addressOf(groups),
    }),
  },
  {
    pattern: new RegExp(`^Did not receive identification string from ${IP}(?:${PORT})?$`),
    read: (groups) => ({
      action: 'ssh.identification',
      outcome: 'failure',
      description: `${groups['ip'] ?? ''} did not identify itself: a scan, or not an SSH client`,
      error: 'no identification string',
      ...addressOf(groups),
    }),
  },
  {
    pattern: new RegExp(`^(?:error: )?Bad protocol version identification '.*' from ${IP}${PORT}$`),
    read: (groups) => ({
      action: 'ssh.identification',
      outcome: 'failure',
      description: `${groups['ip'] ?? ''} is not an SSH client`,
      error: 'bad protocol version',
      ...addressOf(groups),
    }),
  },
  {
    pattern: new RegExp(`^(?:error: )?banner exchange: Connection from ${IP}${PORT}: (?<reason>.*)$`),
    read: (groups) => ({
      action: 'ssh.identification',
      outcome: 'failure',
      description: `${groups['ip'] ?? ''} is not an SSH client`,
      error: groups['reason'] ?? 'invalid format',
      ...addressOf(groups),
    }),
  },
  {
    pattern: new RegExp(`^(?:fatal: )?Unable to negotiate with ${IP}${PORT}: (?<reason>.*)$`),
    read: (groups) => refused(groups, groups['reason'] ?? '', `No common algorithm with ${groups['ip'] ?? ''}`),
  },
  {
    pattern: new RegExp(
      `^(?:fatal: )?Timeout before authentication for (?:connection from )?${IP}(?:${PORT}| to .*)?$`,
    ),
    read: (groups) => refused(groups, 'timeout', `${groups['ip'] ?? ''} timed out before authentication`),
  },
  {
    pattern:
      /^(?:error: )?(?:beginning MaxStartups throttling|drop connection #\d+ from \[(?<ip>[^\]]+)\]:(?<port>\d+) on \S+ (?<reason>.*))$/,
    read: (groups) => refused(groups, groups['reason'] ?? 'too many connections', 'A connection was dropped'),
  },
  {
    pattern: /^refused connect from (?<rhost>\S+) \((?<ip>[^)]+)\)$/,
    read: (groups) => refused(groups, 'refused', `The connection of ${groups['ip'] ?? ''} was refused`),
  },
  {
    pattern: new RegExp(`^Starting session: (?<what>.*) for (?<user>\\S+) from ${IP}${PORT} id \\d+$`),
    read: (groups) => ({
      action: 'ssh.session.started',
      outcome: 'success',
      description: `${groups['user'] ?? ''} started a session: ${groups['what'] ?? ''}`,
      user: groups['user'] ?? '',
      ...addressOf(groups),
    }),
  },
  {
    pattern: /^Server listening on (?<on>\S+) port (?<at>\d+)\.$/,
    read: ({ on, at }) => ({
      action: 'ssh.server.started',
      outcome: 'success',
      description: `sshd is listening on ${on} port ${at}`,
    }),
  },
  {
    pattern: /^Received signal 15; terminating\.$/,
    read: () => ({ action: 'ssh.server.stopped', outcome: 'success', description: 'sshd was stopped' }),
  },
];
