import type { Spool } from '../spool/spool.ts';

const numbered = (from: number, count: number) => Array.from({ length: count }, (_, i) => `entry ${from + i}`);

async function drain(spool: Spool, maxBytes: number): Promise<string[]> {
  const all: string[] = [];
  for (let batch = await spool.read(maxBytes); batch.lines.length > 0; batch = await spool.read(maxBytes)) {
    all.push(...batch.lines);
    await spool.commit(batch);
  }
  return all;
}

/** Jest tests that every spool must pass. `open` returns a new, empty spool with a limit of `maxBytes`. */
export function describeSpool(name: string, open: (options: { maxBytes: number }) => Spool): void {
  describe(`${name} as a spool`, () => {
    let spool: Spool;
    beforeEach(() => {
      spool = open({ maxBytes: 10_000 });
    });
    afterEach(() => spool.close());

    testLines(() => spool);
    testCommits(() => spool);
    testLimits(() => spool);
  });
}

function testLines(current: () => Spool): void {
  test('starts empty', async () => {
    const spool = current();
    expect([spool.pending, spool.bytes, spool.lastLine]).toEqual([0, 0, undefined]);
    expect((await spool.read(100)).lines).toEqual([]);
    await spool.commit(await spool.read(100));
    await spool.append([]);
    expect(spool.pending).toBe(0);
  });

  test('returns lines in order, for any batch size', async () => {
    const spool = current();
    for (let i = 0; i < 60; i += 5) await spool.append(numbered(i, 5));
    expect(spool.pending).toBe(60);
    expect(await drain(spool, 77)).toEqual(numbered(0, 60));
    expect([spool.pending, spool.bytes]).toEqual([0, 0]);
  });

  test('keeps every character', async () => {
    const spool = current();
    const odd = ['', '\u0000', 'ä€😀\u2028', '{"a":"\\n"}', '\ufffd\uffff', 'x'.repeat(5_000)];
    await spool.append(odd);
    expect(await drain(spool, 1_000)).toEqual(odd);
  });

  test('a line larger than the batch is a batch of its own', async () => {
    const spool = current();
    const large = 'x'.repeat(4_000);
    await spool.append([large, 'small', 'small']);
    expect((await spool.read(100)).lines).toEqual([large]);
    expect(await drain(spool, 100)).toEqual([large, 'small', 'small']);
  });

  test('remembers the newest line, delivered or not', async () => {
    const spool = current();
    await spool.append(numbered(0, 2));
    await drain(spool, 1_000);
    expect(spool.lastLine).toBe('entry 1');
  });

  test('accepts lines while it is read', async () => {
    const spool = current();
    const got: string[] = [];
    const appended = (async () => {
      for (let i = 0; i < 100; i++) await spool.append(numbered(i, 1));
    })();
    while (got.length < 100) {
      got.push(...(await drain(spool, 50)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await appended;
    expect(got).toEqual(numbered(0, 100));
  });
}

function testCommits(current: () => Spool): void {
  test('reads the same lines again until they are committed', async () => {
    const spool = current();
    await spool.append(numbered(0, 3));
    const first = await spool.read(1_000);
    await spool.append(numbered(3, 2));
    expect((await spool.read(1_000)).lines.slice(0, 3)).toEqual(first.lines);
    await spool.commit(first);
    expect(spool.pending).toBe(2);
    expect((await spool.read(1_000)).lines).toEqual(numbered(3, 2));
  });

  test('a batch that is committed twice counts once', async () => {
    const spool = current();
    await spool.append(numbered(0, 3));
    const batch = await spool.read(1_000);
    await spool.append(numbered(3, 2));
    await spool.commit(batch);
    await spool.commit(batch);
    expect(spool.pending).toBe(2);
    expect(await drain(spool, 1_000)).toEqual(numbered(3, 2));
  });

  test('keeps sent lines until they are committed, and reads them again from their position', async () => {
    const spool = current();
    await spool.append(numbered(0, 4));
    const first = await spool.read(20);
    await spool.sent(first);
    await spool.sent(first);
    expect([spool.pending, spool.kept]).toEqual([4 - first.count, first.count]);
    const second = await spool.read(1_000);
    expect([...first.lines, ...second.lines]).toEqual(numbered(0, 4));
    await spool.sent(second);
    await spool.append(numbered(4, 2));
    expect([spool.pending, spool.kept, spool.keptBytes > 0]).toEqual([2, 4, true]);
    expect((await spool.read(20, first.start)).lines).toEqual(first.lines);
    expect((await spool.read(1_000, first.end)).lines.slice(0, second.count)).toEqual(second.lines);
    await spool.commit(first);
    expect([spool.pending, spool.kept]).toEqual([2, second.count]);
    await spool.commit(second);
    expect([spool.pending, spool.kept, spool.keptBytes]).toEqual([2, 0, 0]);
    expect(await drain(spool, 1_000)).toEqual(numbered(4, 2));
  });
}

function testLimits(current: () => Spool): void {
  test('rejects a whole group with SPOOL_FULL at its limit, and accepts lines again when there is space', async () => {
    const spool = current();
    await spool.append(['x'.repeat(9_000)]);
    await expect(spool.append(['a', 'y'.repeat(2_000)])).rejects.toMatchObject({ code: 'SPOOL_FULL' });
    expect(spool.pending).toBe(1);
    expect(await drain(spool, 100)).toEqual(['x'.repeat(9_000)]);
    await spool.append(['y'.repeat(2_000)]);
    expect(await drain(spool, 100)).toEqual(['y'.repeat(2_000)]);
  });

  test('rejects lines after it is closed', async () => {
    const spool = current();
    await spool.append(['before']);
    await spool.close();
    await spool.close();
    await expect(spool.append(['after'])).rejects.toMatchObject({ code: 'SPOOL_UNAVAILABLE' });
    expect(spool.pending).toBe(1);
  });
}
