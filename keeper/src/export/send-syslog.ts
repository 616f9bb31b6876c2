import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { UsageError } from '../terminal/usage-error.ts';
import { syslogFrame } from './syslog-message.ts';

/** The receiver could not be reached, refused the connection, or closed it. */
export class SyslogError extends Error {}

export interface SyslogOptions {
  /** `tls://host:6514` (RFC 5425), or `tcp://host:601` (RFC 6587, not encrypted). */
  syslog: string;
  /** Files in PEM: the authority of the receiver's certificate, if it is not one of the system's. */
  syslogCa?: string;
  /** The client's certificate and its key, if the receiver requires one. */
  syslogCert?: string;
  syslogKey?: string;
}

const DEFAULT_PORTS: Record<string, number> = { 'tls:': 6514, 'tcp:': 601 };
const CONNECT_MS = 10_000;
const END_MS = 10_000;

/** A receiver of syslog messages. */
export interface SyslogTarget {
  host: string;
  port: number;
  /** Without it the connection is not encrypted. */
  tls?: ConnectionOptions;
}

function read(option: string, file: string | undefined): Buffer | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new UsageError(`${option} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/**
 * The receiver in the options.
 *
 * @throws UsageError
 */
export function syslogTarget({ syslog, syslogCa, syslogCert, syslogKey }: SyslogOptions): SyslogTarget {
  const url = URL.parse(syslog);
  const known = url ? DEFAULT_PORTS[url.protocol] : undefined;
  if (!url || known === undefined || url.hostname === '' || !/^\/?$/.test(url.pathname) || url.search || url.username) {
    throw new UsageError(
      `--syslog ${syslog} is not an address: give tls://HOST[:6514], or tcp://HOST[:601] unencrypted`,
    );
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? known : Number(url.port);
  const [ca, cert, key] = [
    read('--syslog-ca', syslogCa),
    read('--syslog-cert', syslogCert),
    read('--syslog-key', syslogKey),
  ];
  if (url.protocol === 'tcp:') {
    if (ca || cert || key) throw new UsageError('--syslog-ca, --syslog-cert and --syslog-key go with tls://');
    return { host, port };
  }
  if ((cert === undefined) !== (key === undefined)) throw new UsageError('--syslog-cert and --syslog-key go together');
  return { host, port, tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } };
}

async function open({ host, port, tls }: SyslogTarget): Promise<Socket> {
  // An IP address cannot be sent as the server name.
  const name = isIP(host) ? {} : { servername: host };
  const socket = tls ? connectTls({ host, port, ...name, ...tls }) : connectTcp({ host, port });
  try {
    await once(socket, tls ? 'secureConnect' : 'connect', { signal: AbortSignal.timeout(CONNECT_MS) });
    return socket;
  } catch (cause) {
    socket.on('error', () => undefined).destroy();
    const reason =
      (cause as Error).name === 'AbortError' ? `no answer in ${CONNECT_MS / 1000} s` : (cause as Error).message;
    throw new SyslogError(`the syslog receiver ${host}:${port} cannot be reached: ${reason}`, { cause });
  }
}

/**
 * Sends lines to a syslog receiver, one message each, as fast as it accepts them. Syslog has no acknowledgment: when
 * it resolves, everything was handed to the receiver's machine.
 *
 * @returns the number of messages sent
 * @throws SyslogError; some of the messages may have arrived then
 */
export async function sendSyslog(
  lines: AsyncIterable<string>,
  target: SyslogTarget,
  signal?: AbortSignal,
): Promise<number> {
  const socket = await open(target);
  let sent = 0;
  const broken = new Promise<never>((_, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('it closed the connection')));
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  // The connection may break while nothing waits for it.
  broken.catch(() => undefined);
  try {
    signal?.throwIfAborted();
    const host = hostname();
    for await (const line of lines) {
      if (socket.destroyed || !socket.write(syslogFrame(line, host))) {
        await Promise.race([once(socket, 'drain'), broken]);
      }
      sent++;
    }
    await Promise.race([new Promise<void>((resolve) => socket.end(resolve)), broken]);
    socket.resume();
    // A receiver that refuses the last messages reports it now.
    const closed = once(socket, 'close', { signal: AbortSignal.timeout(END_MS) });
    await closed.catch((error: unknown) => {
      if ((error as Error).name !== 'AbortError') throw error;
    });
    return sent;
  } catch (cause) {
    signal?.throwIfAborted();
    const { host, port } = target;
    const reason = (cause as Error).message;
    throw new SyslogError(`the syslog receiver ${host}:${port} disconnected after ${sent} messages: ${reason}`, {
      cause,
    });
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}
