import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, completeEntry, formatTime, lokiName, msToNs, toAttributes } from '@auditrail/core';
import type { AuditEntryInput } from '@auditrail/core';
import { idOf } from '../analyser/finding.ts';
import type { StoredRecord } from '../days/columns.ts';
import { Days } from '../days/days.ts';
import { openDatabase } from '../serve/database.ts';
import { ChainWatch } from './chain-watch.ts';

const TENANT = 'audit';
const NOW_MS = Date.UTC(2026, 10, 23, 12);
const START_MS = NOW_MS - 20 * 60_000;

/** A chain of entries, one a second. */
class Emitter {
  #prev: string | null = null;
  #seq = 0;
  readonly #stream: string;

  constructor(stream: string) {
    this.#stream = stream;
  }

  entry(description = 'did something', ms = START_MS + this.#seq * 1000): StoredRecord {
    const seq = ++this.#seq;
    const entry = completeEntry(
      { action: 'order.placed', description, actor: { type: 'system', id: 'x' } },
      {
        ...{ id: idOf(`${this.#stream} ${seq}`, ms), time: formatTime(msToNs(ms)), service: 'shop' },
        chain: { stream: this.#stream, seq, prev: this.#prev },
      },
    );
    const line = canonicalJson(entry);
    this.#prev = createHash('sha256').update(line).digest('hex');
    const metadata = new Map(
      Object.entries(toAttributes(entry)).map(([key, value]) => [lokiName(key), String(value)] as const),
    );
    return { ns: msToNs(ms), arrivalNs: msToNs(ms), line, metadata };
  }

  entries = (count: number): StoredRecord[] => Array.from({ length: count }, () => this.entry());
}

const changed = (record: StoredRecord, from: string, to: string): StoredRecord => ({
  ...record,
  line: record.line.replace(from, to),
});

let folder: string;
let db: ReturnType<typeof openDatabase>;
let days: Days;
let written: AuditEntryInput[];
let watch: ChainWatch;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'auditrail-chains-'));
  db = openDatabase(folder);
  const log = () => undefined;
  days = await Days.open({ db, folder: join(folder, 'days'), log, now: () => NOW_MS, everyMs: 3_600_000 });
  written = [];
  const record = (_tenant: string, entry: AuditEntryInput) => Promise.resolve(void written.push(entry));
  watch = new ChainWatch({ days, record, log, now: () => NOW_MS });
});
afterEach(async () => {
  await watch.stop();
  await days.close();
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const checked = async (records: readonly StoredRecord[]) => {
  await days.add(TENANT, records);
  await watch.check();
  return written.map(({ action, properties }) => `${action} ${String(properties?.['seq'])}`);
};

test('intact chains are nothing to report', async () => {
  expect(await checked([...new Emitter('a').entries(50), ...new Emitter('b').entries(1)])).toEqual([]);
});

test('a gap is reported once, with its stream', async () => {
  const entries = new Emitter('a').entries(10);
  expect(await checked(entries.filter((_, i) => i !== 4 && i !== 5))).toEqual(['security.chain.gap 5']);
  await watch.check();
  expect(written).toHaveLength(1);
  expect(written[0]).toMatchObject({
    ...{ channel: 'security', target: { type: 'audit_chain', id: 'a' }, properties: { toSeq: 6 } },
    scope: { happened_at: '2026-11-23T11:35:00.000000000Z' },
  });
});

test('imported history, which has earlier times, is no gap', async () => {
  const emitter = new Emitter('a');
  const [first, imported, last] = [emitter.entry(), emitter.entry('did something', START_MS - 9e9), emitter.entry()];
  expect(await checked([first, imported, last])).toEqual([]);
});

test('an entry that was replaced is reported', async () => {
  const entries = new Emitter('a').entries(5);
  const forged = entries.map((entry, i) => (i === 2 ? changed(entry, 'did something', 'did nothing') : entry));
  expect(await checked(forged)).toEqual(['security.entry.forged 3']);
});

test('a second version of an entry is reported', async () => {
  const entries = new Emitter('a').entries(5);
  const second = entries.slice(2, 3).map((entry) => changed(entry, 'did something', 'did nothing'));
  expect(await checked([...entries, ...second])).toEqual(['security.chain.fork 3']);
});

test('an entry that was delivered twice is nothing to report', async () => {
  const entries = new Emitter('a').entries(5);
  expect(await checked([...entries, ...entries.slice(2, 3)])).toEqual([]);
});

test('younger entries wait for the next check', async () => {
  const emitter = new Emitter('a');
  const young = Array.from({ length: 3 }, () => emitter.entry('did something', NOW_MS - 60_000));
  expect(await checked([...young.slice(0, 1), ...young.slice(2)])).toEqual([]);
});
