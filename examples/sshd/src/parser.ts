import type { AuditEntryInput } from '@auditrail/sdk';
import { importId, type ImportEntry } from '@auditrail/sdk/import';
import { parseLine } from './line.ts';
import type { Message } from './message.ts';
import { readMessage, UNKNOWN_MESSAGE } from './messages.ts';
import { LineClock, latestYear } from './timestamps.ts';
import type { Zone } from './zone.ts';

/** An entry, or the reason why the line was skipped. `recognized` is `false` for an unknown message. */
export type LineResult = { entry: ImportEntry; recognized: boolean } | { skipped: string };

export const SKIPPED = {
  empty: 'empty line',
  noSyslog: 'not a syslog line',
  noTime: 'the time does not exist in its year',
  otherProgram: 'not written by sshd',
  invalidAgain: 'repeats "Invalid user" of the same connection',
  unknownAgain: 'PAM repeats "Invalid user" of the same connection',
} as const;

// Part of each id.
const SOURCE = 'sshd';

interface Connection {
  user?: string;
  ip?: string;
  invalid: boolean;
  signedIn: boolean;
  /** Time of its last line, in milliseconds since 1970. */
  seen: number;
}

// sshd allows two minutes for signing in: later, the same process id belongs to another connection.
const CONNECTION_MS = 10 * 60_000;

// Since version 9.8, sshd consists of several programs.
const SSHD = /^sshd(?:-session|-auth)?$/;
const OLD_PAM = /^sshd\((?<module>pam_\w+)\)$/;

/** The message in the format of newer versions; `undefined` for other programs. */
function messageOf(program: string, message: string): string | undefined {
  if (SSHD.test(program)) return message;
  const module = OLD_PAM.exec(program)?.groups?.['module'];
  return module && `${module}(sshd): ${message}`;
}

/** Parses the lines of a log in order. Fields that a line lacks are taken from earlier lines of its connection. */
export class SshdParser {
  readonly #connections = new Map<string, Connection>();
  readonly #clock: LineClock;

  /**
   * @param year the year of the first line, if lines have no year; default: the latest for which the first line is in the past
   * @param zone the time zone, if lines have none; default: UTC
   */
  constructor(year?: number, now = new Date(), zone?: Zone) {
    this.#clock = new LineClock(year ?? ((first) => latestYear(first, now, zone)), zone);
  }

  parse(raw: string): LineResult {
    const line = raw.replace(/\r$/, '').toWellFormed();
    if (line.trim() === '') return { skipped: SKIPPED.empty };
    const parts = parseLine(line);
    if (!parts) return { skipped: SKIPPED.noSyslog };
    const time = this.#clock.next(parts.time);
    if (!time) return { skipped: SKIPPED.noTime };
    const { host, program, pid } = parts;
    const text = messageOf(program, parts.message.toWellFormed());
    if (text === undefined) return { skipped: SKIPPED.otherProgram };

    const name = `${host}/${pid ?? 'sshd'}`;
    const connection = this.#connectionOf(name, time.ms);
    if (connection.invalid && text.startsWith('input_userauth_request: invalid user ')) {
      return { skipped: SKIPPED.invalidAgain };
    }
    if (connection.invalid && /^pam_unix\(sshd(?::auth)?\): check pass; user unknown$/.test(text)) {
      return { skipped: SKIPPED.unknownAgain };
    }
    const message = readMessage(text);
    updateConnection(connection, message);
    // Equal lines of one time are different events.
    const id = importId({ time: time.text, source: SOURCE, key: `${time.index} ${line}` });
    const entry = { ...toEntry(message, connection, { host, name, pid, line }), id, time: time.text };
    return { entry, recognized: message.action !== UNKNOWN_MESSAGE };
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

function updateConnection(connection: Connection, { action, outcome, user, ip }: Message): void {
  if (user !== undefined) connection.user = user;
  if (ip !== undefined) connection.ip = ip;
  if (action === 'ssh.user.unknown') connection.invalid = true;
  if (action === 'ssh.login' && outcome === 'success') connection.signedIn = true;
  if (action === 'ssh.session.closed') connection.signedIn = false;
}

const SERVER = { type: 'system', id: 'sshd', name: 'sshd' } as const;

interface LineOrigin {
  host: string;
  name: string;
  pid: string | undefined;
  line: string;
}

function toEntry(message: Message, connection: Connection, { host, name, pid, line }: LineOrigin): AuditEntryInput {
  const { action, outcome, description, error, port, method, rhost, repeated } = message;
  const user = message.user ?? connection.user;
  const ip = message.ip ?? connection.ip;
  const isServer = action.startsWith('ssh.server.');
  // Fields that were taken from earlier lines of the connection.
  const inferred = [...(user !== message.user ? ['user'] : []), ...(ip !== message.ip ? ['ip'] : [])];
  return {
    action,
    channel: 'auth',
    category: isServer ? 'system' : 'user',
    description,
    outcome,
    actor: isServer ? SERVER : { type: 'user', ...(user && { id: user, name: user }) },
    authContext: 'ssh',
    source: { sessionId: name, ...(ip !== undefined && { ip }) },
    target: { type: 'host', id: host, name: host },
    ...(error !== undefined && { error: { message: error } }),
    ...(method !== undefined && { request: { method, operation: 'ssh' } }),
    properties: {
      line,
      ...(pid !== undefined && /^\d{1,9}$/.test(pid) && { pid: Number(pid) }),
      ...(port !== undefined && { port }),
      ...(rhost !== undefined && { rhost }),
      ...(repeated !== undefined && { repeated }),
      ...(inferred.length > 0 && { inferred }),
    },
  };
}
