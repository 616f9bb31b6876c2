import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { COLUMNS } from '../days/columns.ts';
import { Duck } from '../days/duck.ts';
import { compareDay, writeDay, type DaySource } from './write-day.ts';
import { DayReader } from './read-day.ts';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-write-day-'));
let duck: Duck;
let files = 0;
beforeAll(async () => {
  duck = await Duck.open({ folder: join(folder, 'duckdb'), memoryBytes: 128 * 2 ** 20, threads: 1 });
});
afterAll(async () => {
  await duck.close();
  rmSync(folder, { recursive: true });
});

const lineOf = (i: number) => `line ${i} ${'x'.repeat(i % 50)}`;

/** The lines for which `keep` is true, as a segment has them: its rows in another order than their numbers. */
async function sourceOf(count: number, keep: (i: number) => boolean, sqlKeep: string): Promise<DaySource> {
  const path = join(folder, `${files++}.parquet`);
  const line = "'line ' || i || ' ' || repeat('x', i % 50)";
  const columns = COLUMNS.map(({ name, type }) => {
    if (name === 'ns' || name === 'arrival') return `(1764288000000000000 + i // 3)::BIGINT AS ${name}`;
    if (name === 'hash') return `unhex(sha256(${line})) AS hash`;
    return `NULL::${type} AS "${name}"`;
  });
  await duck.run(
    `COPY (SELECT (row_number() OVER (ORDER BY i) - 1)::INTEGER AS row, ${columns.join(', ')} ` +
      `FROM range(${count}) r(i) WHERE ${sqlKeep} ORDER BY hash(i)) TO '${path}' (FORMAT parquet)`,
  );
  const lines = Array.from({ length: count }, (_, i) => i)
    .filter(keep)
    .map(lineOf);
  return { columns: `read_parquet('${path}')`, rows: lines.length, lines: streamOf(lines) };
}

const streamOf = (lines: readonly string[]) => Readable.from(lines) as AsyncIterable<string>;

async function write(source: DaySource, previous?: string): Promise<string> {
  const work = join(folder, `work-${files++}`);
  mkdirSync(work);
  const day = { tenant: 'audit', day: '2025-11-28', revision: 1, ...(previous !== undefined && { previous }) };
  const path = join(folder, `${files++}.parquet`);
  renameSync(await writeDay(duck, work, { source, ...day }), path);
  return path;
}

it('writes many parts, and merges what only the previous revision has, in the order of time', async () => {
  const COUNT = 70_000;
  const all = Array.from({ length: COUNT }, (_, i) => lineOf(i)).sort();
  const previous = await write(await sourceOf(COUNT, (i) => i % 5 !== 0 && i < 50_000, 'i % 5 <> 0 AND i < 50000'));
  const source = await sourceOf(COUNT, (i) => i % 5 === 0 || i > 30_000, 'i % 5 = 0 OR i > 30000');
  expect(await compareDay(duck, source.columns, previous)).toEqual({ onlyHere: 30_000, onlyInPrevious: 24_000 });
  const reader = new DayReader(duck, await write(source, previous));
  const lines: string[] = [];
  for await (const { line } of reader.lines()) lines.push(line);
  expect(reader.wrong).toBe(0);
  expect(lines.sort()).toEqual(all);
}, 120_000);

it('refuses a segment whose lines are not those of its rows', async () => {
  const source = await sourceOf(5_000, () => true, 'true');
  const broken = (change: (line: string, i: number) => string[]) => ({
    ...source,
    lines: streamOf(Array.from({ length: 5_000 }, (_, i) => change(lineOf(i), i)).flat()),
  });
  await expect(write(broken((line, i) => [i === 4_200 ? `${line}!` : line]))).rejects.toThrow('the segment is damaged');
  await expect(write(broken((line, i) => (i === 7 ? [] : [line])))).rejects.toThrow('the segment');
  await expect(write(broken((line, i) => (i === 4_999 ? [line, line] : [line])))).rejects.toThrow('the segment');
});
