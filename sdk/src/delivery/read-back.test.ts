import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatTime } from '@auditrail/core';
import { FileSpool } from '../spool/file-spool.ts';
import { createAuditMetrics } from '../metrics.ts';
import { Delivery } from './delivery.ts';
import type { SpoolDelivery } from './spool-delivery.ts';
import { stampOfLine } from './stamp.ts';
import type { StoredAnswer } from './stored-reader.ts';

// Loki as a set that may lose entries; read-back.itest.ts uses the real one.
let folder: string;
let spool: FileSpool;
let delivery: SpoolDelivery;
let stored: Set<number>;
let takes: (seq: number) => boolean;
let answers: StoredAnswer | undefined;
let messages: string[];
let sent: number[];
let unproven: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'read-back-'));
  [stored, messages, sent, unproven, answers] = [new Set(), [], [], 0, undefined];
  takes = () => true;
});
afterEach(async () => {
  await delivery.close();
  rmSync(folder, { recursive: true, force: true });
});

const BEGAN_NS = BigInt(Date.now()) * 1_000_000n;
const line = (seq: number, text = '') =>
  JSON.stringify({ chain: { stream: 's', seq }, text, time: formatTime(BEGAN_NS + BigInt(seq)) });

function open({ afterMs = 20, keepMs = 1_000, maxBytes = 1_000_000 } = {}): void {
  const log = { warn: (text: string) => messages.push(text), error: (text: string) => messages.push(text) };
  spool = FileSpool.open({ folder, segmentBytes: 1_000, maxBytes, log });
  const metrics = createAuditMetrics({ service: 's', tenant: 't', depth: () => 0, oldestMs: () => undefined });
  metrics.unproven = (count) => (unproven += count);
  delivery = new Delivery({
    ...{ batchBytes: 600, maxBackoffMs: 5, log, metrics },
    transport: {
      send: (lines) => {
        const stamps = lines.map(stampOfLine);
        for (const stamp of stamps) {
          if (!stamp) continue;
          sent.push(stamp.seq);
          if (takes(stamp.seq)) stored.add(stamp.seq);
        }
        return Promise.resolve({ outcome: 'accepted', sent: lines.length, stamps });
      },
      shutdown: () => Promise.resolve(),
    },
    readBack: {
      ...{ afterMs, keepMs, endpoint: 'http://gateway' },
      reader: {
        ask: ({ start, end }) => {
          const numbers = [...stored].filter((seq) => {
            const ns = BEGAN_NS + BigInt(seq);
            return ns >= start && ns < end;
          });
          return Promise.resolve(answers ?? { outcome: 'answered', numbers });
        },
        close: () => undefined,
      },
    },
  }).open(spool);
}

async function write(from: number, count: number, text?: string): Promise<void> {
  await spool.append(Array.from({ length: count }, (_, i) => line(from + i, text)));
  delivery.appended(count);
  await delivery.drained();
}
const until = async (what: () => boolean) => {
  while (!what()) await sleep(5);
};
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const inOrder = () => [...stored].sort((a, b) => a - b);

test('entries that were seen leave the spool after the time to keep, and not before', async () => {
  open();
  await write(1, 30);
  await until(() => delivery.unseen === 0);
  expect([spool.pending, spool.kept]).toEqual([0, 30]);
  await until(() => spool.kept === 0);
  expect([sent, messages]).toEqual([upTo(30), []]);
});

test('exactly the silently refused entries are sent again, until they are there', async () => {
  open();
  let refusals = 3;
  takes = (seq) => seq % 7 !== 0 || refusals === 0;
  await write(1, 30);
  for (; refusals > 0; refusals--) {
    const before = sent.length;
    await until(() => sent.length > before);
  }
  await until(() => delivery.unseen === 0);
  expect(inOrder()).toEqual(upTo(30));
  expect(new Set(sent.slice(30))).toEqual(new Set([7, 14, 21, 28]));
  expect(messages[0]).toMatch(/^NOT_STORED: \d entr.* that were accepted are not in Loki; they are sent again$/);
  expect(messages.at(-1)).toBe('all entries that were missing are in Loki now');
});

test('entries that Loki held and lost are sent again', async () => {
  open();
  await write(1, 10);
  await until(() => delivery.unseen === 0);
  for (const seq of [3, 4, 9]) stored.delete(seq);
  await until(() => spool.kept === 0);
  expect(inOrder()).toEqual(upTo(10));
  expect(new Set(sent.slice(10))).toEqual(new Set([3, 4, 9]));
});

test.each([1, 2, 3])(
  'a Loki that takes, refuses and loses here and there has all of them in the end (%d)',
  async (seed) => {
    open({ afterMs: 10, keepMs: 1_000 });
    let calm = false;
    takes = (seq) => calm || (seq * 7 + sent.length * 13 + seed) % 4 !== 0;
    for (let from = 1; from <= 200; from += 20) {
      await write(from, 20);
      for (const seq of inOrder()) if ((seq * 31 + from + seed) % 10 === 0) stored.delete(seq);
      await sleep(10);
    }
    calm = true;
    await until(() => spool.kept === 0);
    expect([inOrder(), delivery.unseen, unproven]).toEqual([upTo(200), 0, 0]);
  },
);

test('the next process asks for the entries that its predecessor sent', async () => {
  open({ keepMs: 100_000 });
  takes = () => false;
  await write(1, 20);
  await delivery.close();
  takes = () => true;
  sent = [];
  open();
  expect([spool.pending, spool.kept]).toEqual([0, 20]);
  await until(() => spool.kept === 0);
  expect([inOrder(), new Set(sent)]).toEqual([upTo(20), new Set(upTo(20))]);
});

test('an endpoint that cannot answer: logged once, counted, and an entry leaves when it is accepted', async () => {
  open();
  answers = { outcome: 'unavailable', reason: 'HTTP 404' };
  await write(1, 10);
  await until(() => spool.kept === 0);
  await write(11, 10);
  expect([spool.kept, delivery.unseen, unproven]).toEqual([0, 0, 20]);
  expect(messages).toEqual([expect.stringMatching(/^READ_BACK_UNAVAILABLE: http:\/\/gateway .*HTTP 404/)]);
});

test('an endpoint that answered and then refuses is a fault: sent entries are kept', async () => {
  open({ keepMs: 20 });
  await write(1, 5);
  await until(() => spool.kept === 0);
  answers = { outcome: 'unavailable', reason: 'HTTP 403' };
  await write(6, 5);
  await until(() => messages.some((message) => message.startsWith('READ_BACK_FAILED')));
  expect([spool.kept, unproven]).toEqual([5, 0]);
  answers = undefined;
  await until(() => spool.kept === 0);
  expect(messages.at(-1)).toMatch(/^reading back works again/);
});

test('when the spool is full, entries that were seen make room first, silently', async () => {
  open({ keepMs: 100_000, maxBytes: 4_000 });
  await write(1, 20, 'x'.repeat(60));
  await until(() => delivery.unseen === 0);
  await write(21, 15, 'x'.repeat(60));
  expect(spool.kept).toBeLessThan(35);
  expect([messages, unproven]).toEqual([[], 0]);
});

test('when the spool is full, entries that were never seen make room last, and are logged', async () => {
  open({ afterMs: 100_000, maxBytes: 4_000 });
  await write(1, 20, 'x'.repeat(60));
  await write(21, 15, 'x'.repeat(60));
  expect(unproven).toBe(35 - spool.kept);
  expect(unproven).toBeGreaterThan(0);
  expect(messages[0]).toMatch(
    /^NOT_READ_BACK: \d+ entries that Loki has accepted leave the spool before they were seen/,
  );
});

test('kept entries that were seen take at most half of the spool', async () => {
  open({ keepMs: 100_000, maxBytes: 4_000 });
  await write(1, 25, 'x'.repeat(60));
  await until(() => spool.keptBytes <= 2_000 && delivery.unseen === 0);
  expect([messages, unproven]).toEqual([[], 0]);
});

test('entries that are missing in Loki and no longer in the spool are reported', async () => {
  open();
  takes = (seq) => seq > 3;
  await write(1, 5);
  const [segment = ''] = readdirSync(folder).filter((name) => name.endsWith('.spool'));
  writeFileSync(join(folder, segment), 'damaged');
  appendFileSync(join(folder, segment), 'x'.repeat(500));
  await until(() =>
    messages.some((message) => message.startsWith('3 entries are not in Loki, and no longer in the spool')),
  );
  await until(() => spool.kept === 0);
});
