import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { UsageError } from '../terminal/usage-error.ts';
import { sendSyslog, SyslogError, syslogTarget } from './send-syslog.ts';
import { syslogFrame } from './syslog-message.ts';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-syslog-'));
const [cert, key] = ['cert.pem', 'key.pem'].map((name) => join(folder, name)) as [string, string];
const closing: (() => void)[] = [];

beforeAll(() => {
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'].concat([
      '-subj',
      '/CN=localhost',
      '-addext',
      names,
      '-keyout',
      key,
      '-out',
      cert,
    ]),
    { stdio: 'ignore' },
  );
});
afterAll(() => {
  for (const close of closing) close();
  rmSync(folder, { recursive: true });
});

/** A receiver that reads the frames of RFC 5425. */
async function receiver(options: { tls?: object; onSocket?: (socket: Socket) => void } = {}) {
  const chunks: Buffer[] = [];
  const take = (socket: Socket) => {
    socket.on('error', () => undefined);
    if (options.onSocket) return options.onSocket(socket);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  };
  const secrets = { cert: readFileSync(cert), key: readFileSync(key) };
  const server: Server = options.tls ? createTlsServer({ ...secrets, ...options.tls }, take) : createServer(take);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const messages = () => {
    const found: string[] = [];
    for (let rest = Buffer.concat(chunks); rest.length > 0;) {
      const space = rest.indexOf(' ');
      const length = Number(rest.subarray(0, space).toString('ascii'));
      found.push(rest.subarray(space + 1, space + 1 + length).toString('utf8'));
      rest = rest.subarray(space + 1 + length);
    }
    return found;
  };
  return { port: (server.address() as AddressInfo).port, messages };
}

async function* lines(count: number, text = (i: number) => `{"n":${i},"text":"é \u2028 ${'x'.repeat(i % 3_000)}"}`) {
  for (let i = 0; i < count; i++) yield await Promise.resolve(text(i));
}
const textOf = (message: string) => message.replace(/^<109>1 \S+ \S+ auditrail \d+ audit - /, '');

it.each(['tcp', 'tls'])('sends each line whole by %s, whatever its length', async (protocol) => {
  const { port, messages } = await receiver(protocol === 'tls' ? { tls: {} } : {});
  const target = syslogTarget({
    syslog: `${protocol}://localhost:${port}`,
    ...(protocol === 'tls' && { syslogCa: cert }),
  });
  expect(await sendSyslog(lines(5_000), { ...target, host: '127.0.0.1' })).toBe(5_000);
  const wanted: string[] = [];
  for await (const line of lines(5_000)) wanted.push(line);
  expect(messages().map(textOf)).toEqual(wanted);
});

it('sends its certificate to a receiver that requires one', async () => {
  const { port, messages } = await receiver({ tls: { requestCert: true, ca: readFileSync(cert) } });
  const syslog = `tls://127.0.0.1:${port}`;
  await sendSyslog(lines(1), syslogTarget({ syslog, syslogCa: cert, syslogCert: cert, syslogKey: key }));
  expect(messages()).toHaveLength(1);
  await expect(sendSyslog(lines(20_000), syslogTarget({ syslog, syslogCa: cert }))).rejects.toThrow(SyslogError);
});

it('does not trust a certificate of an unknown authority', async () => {
  const { port, messages } = await receiver({ tls: {} });
  const sending = sendSyslog(lines(1), syslogTarget({ syslog: `tls://127.0.0.1:${port}` }));
  await expect(sending).rejects.toThrow(/cannot be reached: self.signed certificate/);
  expect(messages()).toEqual([]);
});

it('reports a receiver that is missing, and one that disconnects', async () => {
  await expect(sendSyslog(lines(1), { host: '127.0.0.1', port: 9 })).rejects.toThrow('cannot be reached');
  const { port } = await receiver({ onSocket: (socket) => socket.once('data', () => socket.destroy()) });
  const sending = sendSyslog(lines(100_000), { host: '127.0.0.1', port });
  await expect(sending).rejects.toThrow(/disconnected after \d+ messages/);
});

it('stops at the signal', async () => {
  const { port } = await receiver({ onSocket: (socket) => socket.pause() });
  const stop = new AbortController();
  const sending = sendSyslog(lines(1_000_000), { host: '127.0.0.1', port }, stop.signal);
  setTimeout(() => stop.abort(), 100);
  await expect(sending).rejects.toMatchObject({ name: 'AbortError' });
});

it.each([
  ['udp://siem', 'is not an address'],
  ['siem:6514', 'is not an address'],
  ['tls://', 'is not an address'],
  ['tls://siem/path', 'is not an address'],
  ['tls://user@siem', 'is not an address'],
])('refuses %s', (syslog, message) => {
  expect(() => syslogTarget({ syslog })).toThrow(message);
});

it('reads addresses, and refuses certificates without TLS or without their key', () => {
  expect(syslogTarget({ syslog: 'tls://siem.example.com' })).toEqual({ host: 'siem.example.com', port: 6514, tls: {} });
  expect(syslogTarget({ syslog: 'tcp://[::1]' })).toEqual({ host: '::1', port: 601 });
  expect(() => syslogTarget({ syslog: 'tcp://siem', syslogCa: cert })).toThrow(UsageError);
  expect(() => syslogTarget({ syslog: 'tls://siem', syslogCert: cert })).toThrow('go together');
  expect(() => syslogTarget({ syslog: 'tls://siem', syslogCa: '/nowhere' })).toThrow('--syslog-ca cannot be read');
});

it.each([
  ['CEF:0|Auditrail|Audit log|1|user.login|user login|3|rt=1795000000000 msg=rt\\=5', '2026-11-18T11:06:40.000Z'],
  ['{"time":"2026-11-18T11:06:40.123456789Z"}', '2026-11-18T11:06:40.123Z'],
  ['{"@timestamp":"2026-11-18T11:06:40Z"}', '2026-11-18T11:06:40.000Z'],
  ['{"time":1795000000000}', '2026-11-18T11:06:40.000Z'],
  ['{broken', '-'],
  ['{"time":1e300}', '-'],
  ['text', '-'],
])('uses the time of %s', (line, time) => {
  expect(syslogFrame(line, 'höst name').toString('utf8')).toMatch(
    new RegExp(`^\\d+ <109>1 ${time.replaceAll('.', '\\.')} h_st_name auditrail \\d+ audit - `),
  );
});
