import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { parseGatewayToken } from './gateway-tokens/index.ts';
import { addTokenCommands } from './token-command.ts';

const root = mkdtempSync(join(tmpdir(), 'auditrail-token-'));
const file = join(root, 'tokens');
afterAll(() => rmSync(root, { recursive: true }));
afterEach(() => jest.restoreAllMocks());

/** The output of the command. */
async function token(...args: string[]): Promise<string[]> {
  const printed: string[] = [];
  for (const stream of ['log', 'error'] as const) {
    jest.spyOn(console, stream).mockImplementation((...words: unknown[]) => void printed.push(words.join(' ')));
  }
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addTokenCommands(program);
  for (const command of program.commands.flatMap((each) => [each, ...each.commands]))
    command.copyInheritedSettings(program);
  await program.parseAsync(['token', ...args], { from: 'user' });
  return printed;
}

describe('API tokens', () => {
  const api = (...args: string[]) => token(...args, '--folder', root);

  it('creates, lists and revokes them', async () => {
    const [line, secret] = await api('create', '--name', 'siem', '--tenant', 'audit', '--expires', '100y');
    expect(secret).toMatch(/^auditrail_[\w-]{43}$/);
    expect(await api('list')).toEqual([line]);
    const [id = ''] = (line ?? '').split('  ');
    await api('revoke', id);
    expect(await api('list', '--tenant', 'audit')).toEqual([expect.stringContaining('revoked')]);
  });

  // A folder of undelivered entries has the tenant's name.
  it.each(['../../evil', 'audit|sales', 'acme!', '..', ''])('creates none for the tenant %j', async (tenant) => {
    const before = (await api('list')).length;
    await expect(api('create', '--name', 'x', '--tenant', tenant)).rejects.toThrow('1 to 64 letters');
    expect(await api('list')).toHaveLength(before);
  });

  it.each(['101y', '1000000y', '0', 'soon'])('creates none that is valid for %s', async (expires) => {
    const before = (await api('list')).length;
    const made = api('create', '--name', 'x', '--tenant', 'audit', '--expires', expires);
    await expect(made).rejects.toThrow('Give a duration');
    expect(await api('list')).toHaveLength(before);
  });
});

describe('gateway tokens', () => {
  const gateway = (...args: string[]) => token(...args, '--file', file);

  it('creates, lists, rotates and revokes them, and stores their hashes only', async () => {
    const [line = '', first = ''] = await gateway('create', '--for', 'write', '--tenant', 'acme', '--service', 'shop');
    expect(parseGatewayToken(first)?.key).toMatchObject({ tenant: 'acme', role: 'write', service: 'shop' });
    await gateway('create', '--for', 'read', '--tenant', 'sales', '--note', 'Grafana of sales');
    expect(await gateway('list')).toEqual([line, expect.stringMatching(/ {2}sales {2}read {2}- .*Grafana of sales$/)]);

    const [id = ''] = line.split('  ');
    const [, second = '', remark] = await gateway('rotate', id);
    expect(parseGatewayToken(second)?.key).toMatchObject({ tenant: 'acme', role: 'write', service: 'shop' });
    expect(remark).toContain(`auditrail token revoke ${id}`);
    expect(await gateway('list', '--tenant', 'acme')).toHaveLength(2);
    await gateway('revoke', id);
    expect(await gateway('list', '--tenant', 'acme')).toEqual([expect.not.stringContaining(id)]);

    const text = readFileSync(file, 'utf8');
    for (const each of [first, second]) expect(text).not.toContain(parseGatewayToken(each)?.secret);
    // The gateway's user has to read it.
    expect(statSync(file).mode & 0o777).toBe(0o644);
  });

  it('rotates and revokes in one step', async () => {
    const [line = ''] = await gateway('create', '--for', 'grafana', '--tenant', 'one-step');
    await gateway('rotate', line.split('  ')[0] ?? '', '--revoke');
    expect(await gateway('list', '--tenant', 'one-step')).toHaveLength(1);
  });

  it.each([
    [['create', '--for', 'read', '--tenant', 'a|b'], '1 to 64 letters'],
    [['create', '--for', 'read', '--tenant', 'a', '--service', 'x'], 'only a token for write'],
    [['create', '--for', 'write', '--tenant', 'a', '--service', 'a/b'], 'the service of a token'],
    [['create', '--for', 'write', '--tenant', 'a', '--note', 'a\nb'], 'one line'],
    [['create', '--for', 'admin', '--tenant', 'a'], 'Allowed choices'],
    [['rotate', '00000000'], 'there is no token 00000000'],
    [['revoke', '00000000'], 'there is no token 00000000'],
  ])('refuses %j', async (args, reason) => {
    const before = readFileSync(file, 'utf8');
    await expect(gateway(...args)).rejects.toThrow(reason);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('needs its file', async () => {
    await expect(token('create', '--for', 'read', '--tenant', 'a')).rejects.toThrow('give --file');
    await expect(token('list')).rejects.toThrow('give --file');
  });
});
