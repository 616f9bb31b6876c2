import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayTokenFile, newGatewayToken, parseGatewayToken } from 'auditrail';
import { completeEnv, writeEnvFile } from './env-file.ts';

it('adds missing secrets and keeps existing ones', () => {
  const first = completeEnv('');
  expect(first.added).toContain('GRAFANA_ADMIN_PASSWORD');
  const values = [...first.text.matchAll(/^\w+=(\w+)$/gm)].map((match) => match[1]);
  expect(new Set(values).size).toBe(first.added.length);
  expect(completeEnv(first.text)).toMatchObject({ text: first.text, added: [] });

  const { token: mine } = newGatewayToken({ tenant: 'audit', role: 'read' });
  const half = completeEnv(`AUDITRAIL_READ_TOKEN=${mine}\nGRAFANA_ADMIN_PASSWORD=`);
  expect(half.text).toContain(`AUDITRAIL_READ_TOKEN=${mine}\n`);
  expect(half.added).toEqual([
    ...['AUDITRAIL_COLLECTOR_TOKEN', 'AUDITRAIL_COLLECTOR_GRAFANA_TOKEN', 'AUDITRAIL_KEEPER_TOKEN'],
    ...['AUDITRAIL_INTAKE_TOKEN', 'GRAFANA_ADMIN_PASSWORD', 'AUDITRAIL_WRITE_TOKEN', 'AUDITRAIL_GRAFANA_TOKEN'],
  ]);
});

it('creates the tokens of the tenant, and replaces tokens of other tenants and invalid ones', () => {
  const { token: other } = newGatewayToken({ tenant: 'audit', role: 'read' });
  const { text, tokens } = completeEnv(
    `AUDITRAIL_TENANT=acme\nAUDITRAIL_READ_TOKEN=${other}\nAUDITRAIL_WRITE_TOKEN=0123456789abcdef\n`,
  );
  expect(text).not.toContain(other);
  expect(text).not.toContain('0123456789abcdef');
  expect(Object.values(tokens).map((token) => parseGatewayToken(token)?.key)).toEqual(
    ['read', 'write', 'grafana'].map((role) => expect.objectContaining({ tenant: 'acme', role }) as unknown),
  );
});

it('writes a file that only its owner can read, and tokens that the gateway accepts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-env-'));
  const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    const [file, tokensFile] = [join(folder, '.env'), join(folder, 'tokens', 'tokens')];
    await writeEnvFile(file, tokensFile);
    const [text, hashes] = [readFileSync(file, 'utf8'), readFileSync(tokensFile, 'utf8')];
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(new GatewayTokenFile(tokensFile).list()).toHaveLength(3);
    await writeEnvFile(file, tokensFile);
    expect([readFileSync(file, 'utf8'), readFileSync(tokensFile, 'utf8')]).toEqual([text, hashes]);
    expect(log).toHaveBeenLastCalledWith(`${file} is already complete`);
    // A lost token file is recreated from .env.
    rmSync(tokensFile);
    await writeEnvFile(file, tokensFile);
    expect(new GatewayTokenFile(tokensFile).list()).toHaveLength(3);
  } finally {
    log.mockRestore();
    rmSync(folder, { recursive: true });
  }
});
