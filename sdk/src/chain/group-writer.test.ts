import { AuditError } from '@auditrail/core';
import { Chain } from './chain.ts';
import { GroupWriter } from './group-writer.ts';
import type { Spool } from '../spool/spool.ts';

function fakeSpool(append: (lines: readonly string[]) => Promise<void>): Spool {
  return {
    append,
    read: () =>
      Promise.resolve({ lines: [], count: 0, start: { segment: 1, offset: 0 }, end: { segment: 1, offset: 0 } }),
    sent: () => Promise.resolve(),
    commit: () => Promise.resolve(),
    pending: 0,
    bytes: 0,
    kept: 0,
    keptBytes: 0,
    lastLine: undefined,
    close: () => Promise.resolve(),
  };
}

test('lines of one turn share one append, in order', async () => {
  const groups: (readonly string[])[] = [];
  const spool = fakeSpool((lines) => {
    groups.push(lines);
    return Promise.resolve();
  });
  const writer = new GroupWriter(spool, new Chain('s'), () => 1);
  await Promise.all([writer.write('a'), writer.write('b'), writer.write('c')]);
  await writer.write('d');
  expect(groups).toEqual([['a', 'b', 'c'], ['d']]);
});

test('a failed group refuses the lines behind it, and the chain goes back', async () => {
  let fail = true;
  const stored: string[] = [];
  const spool = fakeSpool(async (lines) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (fail) throw new AuditError('SPOOL_UNAVAILABLE', 'disk full');
    stored.push(...lines);
  });
  const chain = new Chain('s');
  const writer = new GroupWriter(spool, chain, () => 1);
  const write = (line: string) => {
    chain.advance(line);
    return writer.write(line);
  };
  const first = write('a');
  await new Promise((resolve) => setTimeout(resolve, 1));
  const second = write('b');
  await expect(first).rejects.toThrow('disk full');
  await expect(second).rejects.toMatchObject({ code: 'SPOOL_UNAVAILABLE' });
  expect(chain.tip).toEqual({ seq: 0, hash: null });
  fail = false;
  await write('c');
  expect(stored).toEqual(['c']);
  expect(chain.tip).toEqual({ seq: 1, hash: 'c' });
});
