import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** For tests: a certificate and its key, as PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

/**
 * For tests: creates a CA, and a server certificate for 127.0.0.1 and a client certificate signed by it, with openssl.
 *
 * @param folder an empty folder for the files
 */
export function makeCertificates(folder: string): Record<'ca' | 'server' | 'client', Certificate> {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const read = (name: string) => ({
    cert: readFileSync(file(`${name}.crt`), 'utf8'),
    key: readFileSync(file(`${name}.key`), 'utf8'),
  });
  writeFileSync(file('server.ext'), 'subjectAltName=IP:127.0.0.1');
  writeFileSync(file('client.ext'), 'extendedKeyUsage=clientAuth');
  openssl(
    'req',
    '-x509',
    ...ec,
    '-subj',
    '/CN=test ca',
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.crt'),
    '-days',
    '2',
  );
  for (const name of ['server', 'client']) {
    openssl('req', ...ec, '-subj', `/CN=${name}`, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`));
    const signing = [
      '-CA',
      file('ca.crt'),
      '-CAkey',
      file('ca.key'),
      '-CAcreateserial',
      '-extfile',
      file(`${name}.ext`),
    ];
    openssl('x509', '-req', '-in', file(`${name}.csr`), ...signing, '-out', file(`${name}.crt`), '-days', '2');
  }
  return { ca: read('ca'), server: read('server'), client: read('client') };
}
