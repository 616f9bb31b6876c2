import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileDeadLetters } from '../delivery/dead-letter-file.ts';
import { spoolStates } from './state.ts';
import { openSubSpool } from './sub-spools.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spool-state-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const line = (second: number) => JSON.stringify({ time: `2026-11-21T06:18:0${second}.123456789Z` });
const at = (second: number) => Date.parse(`2026-11-21T06:18:0${second}.123Z`);

it('counts pending entries, over segments, behind delivered ones, while the writer has it open', async () => {
  const spool = openSubSpool({ folder, segmentBytes: 100 });
  const states = () => spoolStates(folder);
  const other = openSubSpool({ folder });
  for (const second of [1, 2, 3, 4, 5]) await spool.append([line(second)]);
  const none = { kept: 0, notStored: 0, deadLetters: 0, damagedFiles: 0 };
  const idle = { folder: join(folder, '1'), pending: 0, ...none };
  expect(await states()).toEqual([{ folder: join(folder, '0'), pending: 5, oldestMs: at(1), ...none }, idle]);

  for (let sent = 1; sent <= 5; sent++) {
    await spool.commit(await spool.read(1));
    const rest = { pending: 5 - sent, ...(sent < 5 && { oldestMs: at(sent + 1) }) };
    expect(await states()).toEqual([{ folder: join(folder, '0'), ...rest, ...none }, idle]);
  }
  await spool.append([line(6), line(7)]);
  await spool.sent(await spool.read(1));
  expect((await states())[0]).toMatchObject({ pending: 1, kept: 1, oldestMs: at(7) });
  await spool.close();
  await other.close();
});

it('counts dead letters and damaged files, and leaves everything as it is', async () => {
  const spool = openSubSpool({ folder });
  await spool.append([line(1), 'no entry']);
  await spool.close();
  const own = join(folder, '0');
  await fileDeadLetters(own).add(line(2), 'refused');
  await fileDeadLetters(own).add(line(3), 'refused');
  writeFileSync(join(own, '0000000001.spool.damaged-at-17'), 'x');
  chmodSync(own, 0o500);
  const found = { folder: own, pending: 2, kept: 0, notStored: 0, oldestMs: at(1), deadLetters: 2, damagedFiles: 1 };
  expect(await spoolStates(folder)).toEqual([found]);
  expect(await spoolStates(folder)).toEqual([found]);
  chmodSync(own, 0o700);
});

it('refuses a folder that is missing', async () => {
  await expect(spoolStates(join(folder, 'none'))).rejects.toMatchObject({ code: 'SPOOL_UNAVAILABLE' });
});
