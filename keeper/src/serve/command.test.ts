import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { addServeCommands, parseOrgs } from './command.ts';

const root = mkdtempSync(join(tmpdir(), 'auditrail-token-'));
afterAll(() => rmSync(root, { recursive: true }));
afterEach(() => jest.restoreAllMocks());

function token(...args: string[]): string[] {
  const said: string[] = [];
  for (const stream of ['log', 'error'] as const) {
    jest.spyOn(console, stream).mockImplementation((...words: unknown[]) => void said.push(words.join(' ')));
  }
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addServeCommands(program);
  for (const command of program.commands.flatMap((each) => [each, ...each.commands]))
    command.copyInheritedSettings(program);
  program.parse(['token', ...args, '--folder', root], { from: 'user' });
  return said;
}

it('makes, lists and revokes tokens', () => {
  const [line, secret] = token('create', '--name', 'siem', '--tenant', 'audit', '--expires', '100y');
  expect(secret).toMatch(/^auditrail_[\w-]{43}$/);
  expect(token('list')).toEqual([line]);
  const [id = ''] = (line ?? '').split('  ');
  token('revoke', id);
  expect(token('list', '--tenant', 'audit')).toEqual([expect.stringContaining('revoked')]);
});

// A folder of entries to be sent has the tenant's name.
it.each(['../../evil', 'audit|sales', 'acme!', '..', ''])('makes no token for the tenant %j', (tenant) => {
  const before = token('list').length;
  expect(() => token('create', '--name', 'x', '--tenant', tenant)).toThrow('1 to 64 letters');
  expect(token('list')).toHaveLength(before);
});

it.each(['101y', '1000000y', '0', 'soon'])('makes no token that holds for %s', (expires) => {
  const before = token('list').length;
  expect(() => token('create', '--name', 'x', '--tenant', 'audit', '--expires', expires)).toThrow('Give a duration');
  expect(token('list')).toHaveLength(before);
});

it('reads which organisation has which tenant', () => {
  expect(parseOrgs('1=audit, 2=sales')).toEqual(
    new Map([
      [1, 'audit'],
      [2, 'sales'],
    ]),
  );
  for (const text of ['', '1', '1=', '1=..', '1=a|b', 'x=a', '1=audit;2=sales']) {
    expect(() => parseOrgs(text)).toThrow('is not like 1=audit,2=sales');
  }
});
