import { parseLogTime, type LogTime } from './timestamps.ts';

/** The parts of a log line. */
export interface LogLine {
  time: LogTime;
  host: string;
  program: string;
  pid: string | undefined;
  message: string;
}

// `host sshd[1]: …`, and `host sshd(pam_unix)[1]: …` of older versions of PAM.
const SYSLOG = /^(?<host>\S+) (?<program>[^\s:[]+)(?:\[(?<pid>\d+)\])?: ?(?<message>.*)$/;
// RFC 5424 after the timestamp: host, program, process id, message id and structured data.
const RFC5424 =
  /^(?<host>\S+) (?<program>\S+) (?<pid>\S+) \S+ (?:-|(?:\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])+)(?: \uFEFF?(?<message>.*))?$/;
const PRIORITY = /^<\d{1,3}>/;

const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value;
  // journald writes text that is not UTF-8 as an array of bytes.
  if (Array.isArray(value)) return Buffer.from(value as number[]).toString();
  return undefined;
};

function parseJournal(line: string): LogLine | undefined {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const micros = textOf(fields['_SOURCE_REALTIME_TIMESTAMP'] ?? fields['__REALTIME_TIMESTAMP']);
  const program = textOf(fields['SYSLOG_IDENTIFIER'] ?? fields['_COMM']);
  const message = textOf(fields['MESSAGE']);
  if (!micros || !/^\d{1,17}$/.test(micros) || program === undefined || message === undefined) return undefined;
  return {
    time: { ns: BigInt(micros) * 1_000n },
    host: textOf(fields['_HOSTNAME']) ?? 'localhost',
    program,
    pid: textOf(fields['SYSLOG_PID'] ?? fields['_PID']),
    message,
  };
}

/** Parses a line: syslog with or without year and priority, RFC 5424, or journald JSON. */
export function parseLine(line: string): LogLine | undefined {
  if (line.startsWith('{')) return parseJournal(line);
  const bare = line.replace(PRIORITY, '');
  const versioned = bare.startsWith('1 ');
  const text = versioned ? bare.slice(2) : bare;
  const stamp = parseLogTime(text);
  const parts = stamp && (versioned ? RFC5424 : SYSLOG).exec(text.slice(stamp.length))?.groups;
  if (!stamp || !parts) return undefined;
  const { host = '', program = '', pid, message = '' } = parts;
  return { time: stamp.time, host, program, pid: pid === '-' ? undefined : pid, message };
}
