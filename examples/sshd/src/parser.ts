import type { AuditEntryInput } from '@auditrail/sdk';
import { readMessage, type Told } from './messages.ts';
import { LineClock, parseSyslogTime, latestYear } from './timestamps.ts';
import { repeatableUuidv7 } from './uuid.ts';

/** What became of a line: an entry, or nothing, for a reason. */
export type LineResult = { entry: AuditEntryInput } | { skipped: string };

export const SKIPPED = {
  empty: 'empty line',
  noSyslog: 'no syslog line',
  noTime: 'no such time in that year',
  otherProgram: 'not written by sshd',
  invalidAgain: 'repeats "Invalid user" of the same connection',
  unknownAgain: 'PAM\'s detail of "Invalid user" of the same connection',
} as const;

interface Connection {
  user?: string;
  ip?: string;
  invalid: boolean;
  signedIn: boolean;
  /** Milliseconds since 1970 of its last line. */
  seen: number;
}

// sshd gives a client two minutes to sign in: later, the same process number is another connection.
const CONNECTION_MS = 10 * 60_000;

const REST = /^(?<host>\S+) (?<program>[^\s:[]+)(?:\[(?<pid>\d+)\])?: (?<message>.*)$/;

/** Reads the lines of one log, in order: what a line does not say itself may stand in an earlier line of its connection. */
export class SshdParser {
  readonly #connections = new Map<string, Connection>();
  readonly #year: number | undefined;
  readonly #now: Date;
  #clock: LineClock | undefined;

  /** @param year of the first line; by default the latest one that puts it into the past. */
  constructor(year?: number, now = new Date()) {
    this.#year = year;
    this.#now = now;
  }

  parse(raw: string): LineResult {
    const line = raw.replace(/\r$/, '').toWellFormed();
    if (line.trim() === '') return { skipped: SKIPPED.empty };
    const stamp = parseSyslogTime(line);
    const parts = stamp && REST.exec(line.slice(stamp.length))?.groups;
    if (!stamp || !parts) return { skipped: SKIPPED.noSyslog };
    this.#clock ??= new LineClock(this.#year ?? latestYear(stamp.time, this.#now));
    const time = this.#clock.next(stamp.time);
    if (!time) return { skipped: SKIPPED.noTime };
    const { host = '', program = '', pid, message = '' } = parts;
    if (program !== 'sshd') return { skipped: SKIPPED.otherProgram };

    const name = `${host}/${pid ?? 'sshd'}`;
    const connection = this.#connectionOf(name, time.ms);
    if (connection.invalid && message.startsWith('input_userauth_request: invalid user ')) {
      return { skipped: SKIPPED.invalidAgain };
    }
    if (connection.invalid && message === 'pam_unix(sshd:auth): check pass; user unknown') {
      return { skipped: SKIPPED.unknownAgain };
    }
    const told = readMessage(message);
    learn(connection, told);
    const id = repeatableUuidv7(time.ms, `${time.index} ${line}`);
    return { entry: { id, time: time.text, ...toEntry(told, connection, { host, name, pid, line }) } };
  }

  #connectionOf(name: string, ms: number): Connection {
    const known = this.#connections.get(name);
    if (known && (known.signedIn || ms - known.seen <= CONNECTION_MS)) {
      known.seen = ms;
      return known;
    }
    const connection: Connection = { invalid: false, signedIn: false, seen: ms };
    this.#connections.set(name, connection);
    return connection;
  }
}

function learn(connection: Connection, { action, outcome, user, ip }: Told): void {
  if (user !== undefined) connection.user = user;
  if (ip !== undefined) connection.ip = ip;
  if (action === 'ssh.user.unknown') connection.invalid = true;
  if (action === 'ssh.login' && outcome === 'success') connection.signedIn = true;
  if (action === 'ssh.session.closed') connection.signedIn = false;
}

interface LinePlace {
  host: string;
  name: string;
  pid: string | undefined;
  line: string;
}

function toEntry(told: Told, connection: Connection, { host, name, pid, line }: LinePlace): AuditEntryInput {
  const { action, outcome, description, error, port, method, rhost, repeated } = told;
  const user = told.user ?? connection.user;
  const ip = told.ip ?? connection.ip;
  // Where the line does not name them: read from another line of the same process.
  const inferred = [...(user !== told.user ? ['user'] : []), ...(ip !== told.ip ? ['ip'] : [])];
  return {
    action,
    channel: 'auth',
    category: 'user',
    description,
    outcome,
    actor: { type: 'user', ...(user && { id: user, name: user }) },
    authContext: 'ssh',
    source: { sessionId: name, ...(ip !== undefined && { ip }) },
    target: { type: 'host', id: host, name: host },
    ...(error !== undefined && { error: { message: error } }),
    ...(method !== undefined && { request: { method, operation: 'ssh' } }),
    properties: {
      line,
      ...(pid !== undefined && { pid: Number(pid) }),
      ...(port !== undefined && { port }),
      ...(rhost !== undefined && { rhost }),
      ...(repeated !== undefined && { repeated }),
      ...(inferred.length > 0 && { inferred }),
    },
  };
}
