import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COLUMNS } from './columns.ts';
import { Duck, sqlName } from './duck.ts';
import { writeLines } from './lines-file.ts';
import { segmentPaths, writeSegment } from './write-segment.ts';

const ROWS = 20_000;

it('writes rows that do not fit into memory together, in the order of their actor and time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-segment-'));
  const duck = await Duck.open({ folder: join(folder, 'tmp'), memoryBytes: 96 * 2 ** 20, threads: 1 });
  const values: Record<string, string> = {
    ns: '1000 - n',
    arrival: '1',
    hash: 'unhex(sha256(n::VARCHAR))',
    identity: 'unhex(sha256(n::VARCHAR))',
    repeats: 'false',
    channel: "'auth'",
    email: "'user' || (n % 13) || '@example.com'",
    // 4 kB that cannot be packed: 80 MB together.
    description: "(SELECT string_agg(sha256((n * 1000 + i)::VARCHAR), '') FROM range(64) r(i))",
  };
  const columns = COLUMNS.map(({ name, type }) => `(${values[name] ?? 'NULL'})::${type} AS ${sqlName(name)}`);
  const source = join(folder, 'source.parquet');
  try {
    const maker = await Duck.open({ folder: join(folder, 'maker'), memoryBytes: 2 ** 30 });
    await maker.run(
      `COPY (SELECT n::INTEGER AS row, email AS actorKey, * EXCLUDE (n) FROM (SELECT n, ${columns.join(', ')} ` +
        `FROM range(${ROWS}) t(n))) TO '${source}' (FORMAT parquet, ROW_GROUP_SIZE 500)`,
    );
    await maker.close();
    const { facts } = await writeSegment(duck, folder, {
      ...{ id: 1, day: 0, rows: ROWS, closed: true, indexed: false, sql: `SELECT * FROM read_parquet('${source}')` },
      writeLines: (path) =>
        writeLines(
          path,
          Array.from({ length: ROWS }, (_, n) => `line ${n}`),
        ),
    });
    expect(facts).toMatchObject({ rows: ROWS, entries: ROWS, minNs: 1000n - BigInt(ROWS - 1), maxNs: 1000n });
    const written = await duck.rows(
      `SELECT row, actorKey, ns FROM read_parquet('${segmentPaths(folder, 1).parquet}', file_row_number = true) ORDER BY file_row_number`,
    );
    const key = ([, actor, ns]: (typeof written)[number]) => `${String(actor)} ${String(Number(ns) + 20_000_000)}`;
    expect(written.map(key)).toEqual(written.map(key).sort());
    expect(new Set(written.map(([row]) => row)).size).toBe(ROWS);
  } finally {
    await duck.close();
    rmSync(folder, { recursive: true });
  }
}, 120_000);
