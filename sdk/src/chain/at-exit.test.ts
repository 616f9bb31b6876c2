import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseEntry } from '@auditrail/core';
import { lineHash } from './chain.ts';
import { FileSpool } from '../spool/file-spool.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'at-exit-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const program = (end: string) => `
  import { createAuditLogger } from ${JSON.stringify(pathToFileURL(join(__dirname, '../logger/audit-logger.ts')).href)};
  const log = { warn: () => undefined, error: (text) => console.log(text) };
  const audit = createAuditLogger({
    service: 'shop', spool: ${JSON.stringify(folder)}, endpoint: 'http://127.0.0.1:9', wait: 'none', log,
  });
  const some = (count) => {
    for (let i = 0; i < count; i++) {
      void audit.record({ action: 'user.login', description: 'Ada signed in', actor: { type: 'user', id: '42' } });
    }
  };
  some(500);
  ${end}
`;

function run(end: string) {
  const args = ['--conditions=@auditrail/source', '--input-type=module', '-e', program(end)];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout };
}

async function stored() {
  const spool = FileSpool.open({ folder: join(folder, '0') });
  const lines: string[] = [];
  for (let batch = await spool.read(50_000); batch.lines.length > 0; batch = await spool.read(50_000)) {
    lines.push(...batch.lines);
    await spool.commit(batch);
  }
  expect(spool.damaged).toBe(0);
  await spool.close();
  return lines;
}

test.each([
  ['at once', 'process.exit(3);', 3, 501],
  ['while a group is being written', 'setImmediate(() => process.exit(3));', 3, 501],
  ['later, with new entries', 'setTimeout(() => { some(500); process.exit(3); }, 20);', 3, 1_001],
  ['by an uncaught error', "throw new Error('bug');", 1, 501],
  ['with entries of its own exit listener', "process.on('exit', () => some(5)); process.exit(3);", 3, 506],
  ['after a shutdown', 'await audit.shutdown({ timeoutMs: 0 }); process.exit(3);', 3, 502],
])('entries that nobody waited for are stored when the process ends %s', async (_, end, status, count) => {
  expect(run(end)).toEqual({ status, stdout: '' });
  const lines = await stored();
  const entries = lines.map(parseEntry);
  expect(entries).toHaveLength(count);
  entries.forEach(({ chain }, i) => {
    const prev = i === 0 ? null : lineHash(lines[i - 1] ?? '');
    expect(chain).toMatchObject({ seq: i + 1, prev });
  });
});

test('entries that cannot be stored at exit are reported', () => {
  const { stdout } = run(`
    const { rmSync } = await import('node:fs');
    rmSync(${JSON.stringify(join(folder, '0'))}, { recursive: true });
    process.exit(3);
  `);
  expect(stdout).toMatch(/entries.*not stored/);
});
