import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';

/** A server that keeps what it receives. */
export interface Sink {
  port: number;
  received: string[];
  stop: () => Promise<void>;
}

async function listening(server: Server, received: string[]): Promise<Sink> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { port: (server.address() as AddressInfo).port, received, stop };
}

/** Receives the bodies of requests, such as those of webhooks and of Slack. */
export function httpSink(): Promise<Sink> {
  const received: string[] = [];
  const server = createHttpServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      received.push(body);
      response.setHeader('Connection', 'close').end('ok');
    });
  });
  return listening(server, received);
}

/** Receives mails as they are sent, with their headers. */
export function smtpSink(): Promise<Sink> {
  const received: string[] = [];
  const server = createTcpServer((socket) => {
    let buffer = '';
    let isData = false;
    socket.write('220 sink\r\n');
    socket.setEncoding('utf8').on('data', (part: string) => {
      buffer += part;
      for (;;) {
        const end = buffer.indexOf(isData ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const text = buffer.slice(0, end);
        buffer = buffer.slice(end + (isData ? 5 : 2));
        if (isData) {
          received.push(text);
          isData = false;
          socket.write('250 kept\r\n');
        } else if (/^DATA/i.test(text)) {
          isData = true;
          socket.write('354 go on\r\n');
        } else if (/^QUIT/i.test(text)) socket.end('221 bye\r\n');
        else socket.write('250 ok\r\n');
      }
    });
  });
  return listening(server, received);
}

/** The parts of a mail in quoted-printable, decoded. */
export function decodedMail(mail: string): string {
  const joined = mail.replace(/=\r\n/g, '');
  const bytes = joined.replace(/=([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
