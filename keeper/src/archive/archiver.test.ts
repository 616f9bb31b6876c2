import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duck } from '../days/duck.ts';
import { folderArchive, type ArchiveStore } from './archive-store.ts';
import { dayManifestSchema, type DayManifest } from './day-manifest.ts';
import { archiveLab, DAY_MS, emitter, FIRST_MS } from './testing/archive-lab.ts';

const TENANT = 'audit';
let lab: Awaited<ReturnType<typeof archiveLab>>;
beforeEach(async () => {
  lab = await archiveLab({ flushRows: 50 });
});
afterEach(() => lab.close());

const manifestOf = (day: string, revision = 1): DayManifest =>
  dayManifestSchema.parse(
    JSON.parse(readFileSync(lab.path(TENANT, day, `_entries.${revision}.manifest.json`), 'utf8')) as unknown,
  );

async function rowsOf(day: string, select: string, revision = 1): Promise<unknown[][]> {
  const duck = await Duck.open({ folder: join(lab.root, 'duck') });
  try {
    return await duck.rows(`SELECT ${select} FROM '${lab.path(TENANT, day, `entries.${revision}.parquet`)}'`);
  } finally {
    await duck.close();
  }
}

const someDays = (count: number, perDay = 120) => {
  const next = emitter('s1');
  return Array.from({ length: count }, (_, day) =>
    Array.from({ length: perDay }, (_, i) => next(FIRST_MS + day * DAY_MS + i * 60_000)),
  );
};

it('archives each closed day once, with every line and a signed manifest, and leaves the open day', async () => {
  const days = someDays(3);
  lab.nowMs = FIRST_MS + 2 * DAY_MS + 5 * 3_600_000;
  await lab.add(TENANT, days.flat());
  await lab.archiver().runOnce();
  expect(lab.errors()).toEqual([]);
  expect(readdirSync(join(lab.archive, 'tenant=audit'))).toEqual(['day=2026-10-01', 'day=2026-10-02']);
  expect(lab.files(TENANT, '2026-10-01')).toEqual(['_entries.1.manifest.json', 'entries.1.parquet']);
  const second = manifestOf('2026-10-02');
  expect(second).toMatchObject({
    ...{ kind: 'auditrail-archive-day', schema: 'auditrail-archive/1', tenant: TENANT, day: '2026-10-02', revision: 1 },
    ...{ entries: 120, firstTime: '2026-10-02T00:00:00.000000121Z' },
    chains: [{ stream: 's1', entries: 120, firstSeq: 121, lastSeq: 240, service: 'shop' }],
  });
  expect(Date.parse(second.keepUntil) - Date.parse(second.archivedAt)).toBe(7 * 365.25 * DAY_MS);
  expect(second.chains[0]?.firstSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(await rowsOf('2026-10-01', 'line')).toEqual(days[0]?.map(({ line }) => [line]));
  const [row] = await rowsOf(
    '2026-10-02',
    'time::VARCHAR, time_ns, arrived_ns, actor_email, ip, service, chain_stream, chain_seq, chain_key_id, sha256(line) = line_sha256, revision',
  );
  const { ns = 0n, arrivalNs = 0n } = days[1]?.[0] ?? {};
  expect(row).toEqual([
    ...['2026-10-02 00:00:00', ns, arrivalNs, 'user2@example.com', '10.0.0.7', 'shop', 's1', 121n, null, true, 1],
  ]);

  const before = statSync(lab.path(TENANT, '2026-10-01', 'entries.1.parquet')).mtimeMs;
  await lab.archiver().runOnce();
  expect(statSync(lab.path(TENANT, '2026-10-01', 'entries.1.parquet')).mtimeMs).toBe(before);
  expect(readdirSync(lab.keeper)).not.toContain('day');
});

it('archives a day with late entries again, after a while, and the manifest names the revision before', async () => {
  const days = someDays(1);
  lab.nowMs = FIRST_MS + 2 * DAY_MS;
  await lab.add(TENANT, days.flat().slice(0, 100));
  await lab.archiver().runOnce();
  await lab.add(TENANT, days.flat().slice(100));
  await lab.archiver({ againAfterMs: 3_600_000 }).runOnce();
  expect(lab.files(TENANT, '2026-10-01')).toHaveLength(2);
  lab.nowMs += 3_600_000;
  await lab.archiver({ againAfterMs: 3_600_000 }).runOnce();
  expect(lab.files(TENANT, '2026-10-01')).toEqual([
    ...['_entries.1.manifest.json', '_entries.2.manifest.json', 'entries.1.parquet', 'entries.2.parquet'],
  ]);
  expect(manifestOf('2026-10-01', 2)).toMatchObject({ entries: 120, previous: { revision: 1, entries: 100 } });
  expect(await rowsOf('2026-10-01', 'count(*), any_value(revision)', 2)).toEqual([[120n, 2]]);
});

it('does not write a day again whose entries a rebuilt keeper has, and loses none that only the archive has', async () => {
  const records = someDays(1).flat();
  lab.nowMs = FIRST_MS + 2 * DAY_MS;
  await lab.add(TENANT, records.slice(0, 100));
  await lab.archiver().runOnce();
  lab.db.exec('DELETE FROM archived_days');
  await lab.archiver().runOnce();
  expect(lab.logged.at(-1)).toMatchObject({ event: 'day is in the archive', details: { revision: 1 } });
  expect(lab.files(TENANT, '2026-10-01')).toHaveLength(2);

  // Another keeper, to which Loki's retention left a part.
  const other = await archiveLab();
  other.nowMs = lab.nowMs;
  await other.add(TENANT, records.slice(60));
  await other.archiver({ store: folderArchive(lab.archive) }).runOnce();
  expect(other.errors()).toEqual([]);
  await other.close();
  expect(manifestOf('2026-10-01', 2)).toMatchObject({
    entries: 120,
    chains: [{ entries: 120, firstSeq: 1, lastSeq: 120 }],
  });
  expect(await rowsOf('2026-10-01', 'line', 2)).toEqual(records.map(({ line }) => [line]));
});

it('archives only the tenants that it should', async () => {
  lab.nowMs = FIRST_MS + 2 * DAY_MS;
  for (const tenant of ['audit', 'restored']) await lab.add(tenant, someDays(1).flat());
  const archiver = lab.archiver({ tenants: ['audit'] });
  await archiver.runOnce();
  expect(readdirSync(lab.archive)).toEqual(['tenant=audit']);
  expect(archiver.metrics()).toContain('\nauditrail_keeper_archive_waiting_days 0\n');
});

it('keeps lines of any text byte for byte', async () => {
  const texts = [
    '',
    'not an entry',
    'NUL \0 inside',
    '\ud83d\ude00 “quotes” \u2028',
    '{"a":1',
    "'; DROP TABLE part; --",
    'x'.repeat(900_000),
  ];
  const records = texts.map((line, i) => ({
    ...{ ns: BigInt(FIRST_MS) * 1_000_000n + BigInt(i), arrivalNs: 1n, line },
    metadata: new Map([['audit_action', 'x\0y']]),
  }));
  lab.nowMs = FIRST_MS + 2 * DAY_MS;
  await lab.add(TENANT, records);
  await lab.archiver().runOnce();
  expect(lab.errors()).toEqual([]);
  expect(await rowsOf('2026-10-01', 'line, action, chain_seq')).toEqual(texts.map((line) => [line, 'x\0y', null]));
});

describe('when the archive fails', () => {
  const failing = (fail: (store: ArchiveStore) => Partial<ArchiveStore>): ArchiveStore => {
    const store = folderArchive(lab.archive);
    return { ...store, ...fail(store) };
  };

  it('reports it, and catches up by itself, also after a crash between the file and its manifest', async () => {
    lab.nowMs = FIRST_MS + 4 * DAY_MS;
    await lab.add(TENANT, someDays(3).flat());
    const store = failing((real) => ({
      put: (key, file, options) =>
        key.includes('manifest') ? Promise.reject(new Error('bucket is down')) : real.put(key, file, options),
    }));
    const archiver = lab.archiver({ store });
    await archiver.runOnce();
    expect(lab.files(TENANT, '2026-10-01')).toEqual(['entries.1.parquet']);
    expect(lab.errors()).toHaveLength(3);
    const [finding] = archiver.findings();
    expect(finding).toMatchObject({ ok: false, code: 'ARCHIVE_BEHIND' });
    expect(finding?.what).toContain(
      '3 closed days are not archived, 3 of them failed; audit 2026-10-01: Error: bucket is down',
    );
    expect(archiver.metrics()).toContain('\nauditrail_keeper_archive_failing_days 3\n');
    await archiver.runOnce();
    expect(lab.errors()).toHaveLength(3);

    const again = lab.archiver();
    await again.runOnce();
    expect(again.findings()).toMatchObject([{ ok: true }]);
    expect(lab.files(TENANT, '2026-10-03')).toEqual(['_entries.1.manifest.json', 'entries.1.parquet']);
  });

  it('does not count a day that reads back with other bytes', async () => {
    lab.nowMs = FIRST_MS + 2 * DAY_MS;
    await lab.add(TENANT, someDays(1).flat());
    const store = failing((real) => ({
      async put(key, file, options) {
        await real.put(key, file, options);
        appendFileSync(join(lab.archive, key), 'x');
      },
    }));
    await lab.archiver({ store }).runOnce();
    expect(lab.errors()[0]?.details['reason']).toContain('reads back with other bytes');
    expect(lab.files(TENANT, '2026-10-01')).toEqual(['entries.1.parquet']);
  });

  it('does not build on a revision that was changed', async () => {
    lab.nowMs = FIRST_MS + 2 * DAY_MS;
    const records = someDays(1).flat();
    await lab.add(TENANT, records.slice(1));
    await lab.archiver().runOnce();
    writeFileSync(lab.path(TENANT, '2026-10-01', 'entries.1.parquet'), 'PAR1');
    await lab.add(TENANT, records);
    await lab.archiver().runOnce();
    expect(lab.errors()[0]?.details['reason']).toContain('entries.1.parquet was changed');
  });
});

it('deletes days only after the period that their manifests promise, and logs it', async () => {
  lab.nowMs = FIRST_MS + 3 * DAY_MS;
  await lab.add(TENANT, someDays(2).flat());
  await lab.archiver({ keepMs: 30 * DAY_MS }).runOnce();
  const path = lab.path(TENANT, '2026-10-01', 'entries.1.parquet');
  lab.nowMs += 29 * DAY_MS;
  await lab.archiver({ keepMs: DAY_MS }).runOnce();
  expect(existsSync(path)).toBe(true);
  lab.nowMs += 2 * DAY_MS;
  await lab.archiver({ keepMs: 60 * DAY_MS }).runOnce();
  expect(existsSync(path)).toBe(true);
  const store = { ...folderArchive(lab.archive), remove: () => Promise.resolve('protected' as const) };
  await lab.archiver({ keepMs: 30 * DAY_MS, store }).runOnce();
  expect(lab.errors()).toMatchObject([
    { event: expect.stringContaining('the bucket protects') },
    { details: { day: '2026-10-02' } },
  ]);
  await lab.archiver({ keepMs: 30 * DAY_MS }).runOnce();
  expect(lab.files(TENANT, '2026-10-01')).toEqual([]);
  expect(lab.logged.filter(({ event }) => event === 'archived day deleted after its period')).toMatchObject([
    { details: { tenant: TENANT, day: '2026-10-01', entries: 120 } },
    { details: { day: '2026-10-02' } },
  ]);
  rmSync(lab.archive, { recursive: true });
});
