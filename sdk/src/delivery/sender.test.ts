import fc from 'fast-check';
import type { OtlpVerdict } from './otlp-answer.ts';
import { Sender, type LineFate } from './sender.ts';
import type { Spool, SpoolMark } from '../spool/spool.ts';

// The rules of the sender, with any spool: file-spool.test.ts tests the real one, audit-logger.test.ts both together.
class ListSpool implements Spool {
  readonly lastLine = undefined;
  commitFails = 0;
  #lines: string[] = [];
  get pending() {
    return this.#lines.length;
  }
  get bytes() {
    return this.#lines.join('').length;
  }
  append(lines: readonly string[]) {
    this.#lines.push(...lines);
    return Promise.resolve();
  }
  kept = 0;
  keptBytes = 0;
  read() {
    const lines = this.#lines.slice(0, 17);
    const at = { segment: 1, offset: 0 };
    return Promise.resolve({ lines, count: lines.length, start: at, end: at });
  }
  sent = () => Promise.resolve();
  commit({ count }: SpoolMark) {
    if (this.commitFails-- > 0) return Promise.reject(new Error('disk full'));
    this.#lines.splice(0, count);
    return Promise.resolve();
  }
  close = () => Promise.resolve();
}

let spool: ListSpool;
beforeEach(() => {
  spool = new ListSpool();
});

type Answer = OtlpVerdict & { sent?: number };

function setUp(answer: (lines: readonly string[]) => Answer, { maxBackoffMs = 5, deadLetterFails = 0 } = {}) {
  const accepted: string[] = [];
  const dead: string[] = [];
  const warnings: string[] = [];
  const fates: LineFate[] = [];
  const dropped: string[] = [];
  let exported = 0;
  let failing = deadLetterFails;
  const sender = new Sender({
    spool,
    transport: {
      send: (lines) => {
        const result = { sent: lines.length, ...answer(lines) };
        if (result.outcome === 'accepted') accepted.push(...lines.slice(0, result.sent));
        return Promise.resolve(result);
      },
      shutdown: () => Promise.resolve(),
    },
    deadLetters: {
      add: (line) => {
        if (failing-- > 0) return Promise.reject(new Error('disk full'));
        dead.push(line);
        return Promise.resolve();
      },
    },
    log: { warn: (message) => warnings.push(message), error: (message) => warnings.push(message) },
    batchBytes: 200,
    maxBackoffMs,
    metrics: {
      exported: (count) => (exported += count),
      dropped: (_, reason) => dropped.push(reason),
      resent: () => {},
    },
    settled: (settled) => void fates.push(...settled),
  });
  return { sender, accepted, dead, warnings, fates, dropped, exported: () => exported };
}

const lines = Array.from({ length: 40 }, (_, i) => `entry ${i}`);
const refused = { outcome: 'refused', cause: 'http_400', reason: '400' } as const;

async function deliverAll(sender: Sender): Promise<void> {
  await spool.append(lines);
  sender.notify();
  await sender.drained();
  sender.stop();
  await sender.ended;
}

test('repeats until the server accepts, in order, and logs it twice', async () => {
  let tries = 0;
  const { sender, accepted, warnings } = setUp(() =>
    ++tries < 6 ? { outcome: 'failed', reason: 'down\nforged line' } : { outcome: 'accepted' },
  );
  await deliverAll(sender);
  expect(accepted).toEqual(lines);
  expect(warnings.some((warning) => warning.includes('try 1, 40 entries wait safely): down forged line'))).toBe(true);
  expect(warnings.at(-1)).toContain('works again after 5');
});

test('an entry that is refused permanently becomes a dead letter alone', async () => {
  const bad = new Set(['entry 3', 'entry 11', 'entry 12', 'entry 39']);
  const { sender, accepted, dead, fates, dropped, exported } = setUp((batch) =>
    batch.some((line) => bad.has(line)) ? refused : { outcome: 'accepted' },
  );
  await deliverAll(sender);
  expect(dead).toEqual([...bad]);
  expect(accepted).toEqual(lines.filter((line) => !bad.has(line)));
  expect(spool.pending).toBe(0);
  expect(fates.map(({ accepted }) => accepted)).toEqual(lines.map((line) => !bad.has(line)));
  expect(exported()).toBe(36);
  expect(dropped).toEqual(Array(4).fill('http_400'));
});

test('whatever the server answers, every line is accepted or becomes a dead letter once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(5), { maxLength: 60 }), fc.integer({ min: 1, max: 40 }), async (script, bite) => {
      spool = new ListSpool();
      spool.commitFails = script.length % 3;
      let step = 0;
      const { sender, accepted, dead, fates } = setUp(
        (batch) => {
          const kind = script[step++];
          if (kind === 0) return { outcome: 'failed', reason: 'down' };
          if (kind === 1) return refused;
          return { outcome: 'accepted', sent: Math.min(bite, batch.length) };
        },
        { maxBackoffMs: 1, deadLetterFails: bite % 3 },
      );
      await deliverAll(sender);
      const order = (line: string) => lines.indexOf(line);
      expect([...accepted, ...dead].sort((a, b) => order(a) - order(b))).toEqual(lines);
      expect(accepted).toEqual(lines.filter((line) => !dead.includes(line)));
      expect(fates.map(({ accepted }) => accepted)).toEqual(lines.map((line) => !dead.includes(line)));
    }),
    { numRuns: 40 },
  );
});

test('a server that accepts only small requests gets small ones', async () => {
  const { sender, accepted, dead } = setUp((batch) =>
    batch.length > 3 ? { outcome: 'refused', cause: 'http_413', reason: '413' } : { outcome: 'accepted' },
  );
  await deliverAll(sender);
  expect(accepted).toEqual(lines);
  expect(dead).toEqual([]);
});

test('a connection that breaks with large requests gets small ones', async () => {
  const { sender, accepted } = setUp((batch) =>
    batch.length > 3 ? { outcome: 'failed', reason: 'reset' } : { outcome: 'accepted' },
  );
  await deliverAll(sender);
  expect(accepted).toEqual(lines);
});

test('waits as long as the server requests, also if a call waits for the delivery', async () => {
  const times: number[] = [];
  const { sender } = setUp(() => {
    times.push(Date.now());
    return times.length === 1 ? { outcome: 'failed', reason: '429', retryAfterMs: 150 } : { outcome: 'accepted' };
  });
  await spool.append(lines);
  sender.notify();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await sender.drained();
  sender.stop();
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(149);
});

test('knows the age of the oldest pending entry', async () => {
  let down = true;
  const { sender } = setUp(() => (down ? { outcome: 'failed', reason: 'down' } : { outcome: 'accepted' }));
  expect(sender.oldestMs).toBeUndefined();
  await spool.append(['{"time":"2026-11-21T06:00:00.5Z"}', '{"time":"2026-11-21T07:00:00Z"}']);
  sender.notify();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(sender.oldestMs).toBe(Date.parse('2026-11-21T06:00:00.5Z'));
  down = false;
  await sender.drained();
  expect(sender.oldestMs).toBeUndefined();
  sender.stop();
});

test('stopping leaves pending entries in the spool', async () => {
  const { sender } = setUp(() => ({ outcome: 'failed', reason: 'down' }));
  await spool.append(lines);
  sender.notify();
  sender.stop();
  await sender.ended;
  expect(spool.pending).toBe(lines.length);
});
