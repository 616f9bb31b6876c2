import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-sshd-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['a log of another program', 'Nov 20 06:55:48 h cron[1]: ran\n'],
  ['unknown messages', 'Nov 20 06:55:48 h sshd[1]: what is this\n'],
  ['not a log', 'hello\n'],
  ['an empty file', ''],
])(
  '%s is reported, with exit code 1',
  (_, text) => {
    const file = join(folder, 'log');
    writeFileSync(file, text);
    const args = [
      '--conditions=@auditrail/source',
      join(__dirname, 'cli.ts'),
      file,
      '--wait',
      '0.2',
      '--spool',
      join(folder, 's'),
    ];
    const { status, stderr } = spawnSync(process.execPath, [...args, '--endpoint', 'http://127.0.0.1:9'], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining('no line of this file was recognized')]);
  },
  60_000,
);
