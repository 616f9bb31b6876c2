import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSpool } from './file-spool.ts';
import { adoptAbandoned, openSubSpool } from './sub-spools.ts';

let folder: string;
const logged: string[] = [];
const log = { warn: (text: string) => logged.push(text), error: (text: string) => logged.push(text) };
beforeEach(() => {
  logged.splice(0);
  folder = mkdtempSync(join(tmpdir(), 'sub-spools-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a deploy: the new writer takes the next number, and then the entries that the old one left', async () => {
  const old = openSubSpool({ folder, log });
  await old.append(['left by the old one']);
  const young = openSubSpool({ folder, log });
  expect([old.folder, young.folder]).toEqual([join(folder, '0'), join(folder, '1')]);
  await young.append(['of the new one']);
  expect(await adoptAbandoned({ folder, log })).toBeUndefined();
  await old.close();

  const left = await adoptAbandoned({ folder, log });
  expect((await left?.read(100))?.lines).toEqual(['left by the old one']);
  // Nobody else gets it meanwhile, and a third writer skips it.
  expect(await adoptAbandoned({ folder, log })).toBeUndefined();
  const third = openSubSpool({ folder, log });
  expect(third.folder).toBe(join(folder, '2'));
  if (left) await left.commit(await left.read(100));
  await left?.close();
  expect(await adoptAbandoned({ folder, log })).toBeUndefined();

  // The number is free again, and its last entry is still known.
  const next = openSubSpool({ folder, log });
  expect([next.folder, next.lastLine, next.pending]).toEqual([join(folder, '0'), 'left by the old one', 0]);
  for (const spool of [young, third, next]) await spool.close();
  expect(logged).toEqual([]);
});

test('an unusable sub-spool does not block the others', async () => {
  mkdirSync(join(folder, '0', 'cursor'), { recursive: true });
  mkdirSync(join(folder, '1'));
  writeFileSync(join(folder, '1', '0000000001.spool'), 'nothing intact');
  writeFileSync(join(folder, '2'), 'not a folder');
  expect(await adoptAbandoned({ folder, log })).toBeUndefined();
  expect(logged).toEqual([
    expect.stringMatching(/0 is left as it is: .*EISDIR/),
    expect.stringMatching(/crash tore the last write .* 14 bytes/),
    expect.stringMatching(/2 is left as it is: .*ENOTDIR/),
  ]);
  rmSync(join(folder, '2'));
  const waiting = await FileSpool.openGently({ folder: join(folder, '2') });
  await waiting.append(['waits']);
  await waiting.close();
  const left = await adoptAbandoned({ folder, log });
  expect((await left?.read(100))?.lines).toEqual(['waits']);
  await left?.close();
});

test('a missing shared folder is a coded error', async () => {
  await expect(adoptAbandoned({ folder: join(folder, 'missing') })).rejects.toMatchObject({
    code: 'SPOOL_UNAVAILABLE',
  });
});
