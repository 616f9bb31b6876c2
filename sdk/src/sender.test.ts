import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSpool } from './file-spool.ts';
import type { SendResult } from './otlp-transport.ts';
import { Sender } from './sender.ts';

let folder: string;
let spool: FileSpool;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sender-'));
  spool = FileSpool.open({ folder });
});
afterEach(async () => {
  await spool.close();
  rmSync(folder, { recursive: true, force: true });
});

function setUp(answer: (lines: readonly string[]) => SendResult) {
  const accepted: string[] = [];
  const dead: string[] = [];
  const warnings: string[] = [];
  const sender = new Sender({
    spool,
    transport: {
      send: (lines) => {
        const result = answer(lines);
        if (result.outcome === 'accepted') accepted.push(...lines);
        return Promise.resolve(result);
      },
      shutdown: () => Promise.resolve(),
    },
    deadLetters: {
      add: (line) => {
        dead.push(line);
        return Promise.resolve();
      },
    },
    log: { warn: (message) => warnings.push(message), error: (message) => warnings.push(message) },
    batchBytes: 50,
    maxBackoffMs: 5,
  });
  return { sender, accepted, dead, warnings };
}

const lines = Array.from({ length: 20 }, (_, i) => `entry ${i}`);

test('tries until the server takes it, in order, and says so twice', async () => {
  let tries = 0;
  const { sender, accepted, warnings } = setUp(() =>
    ++tries < 6 ? { outcome: 'failed', reason: 'down\nforged line' } : { outcome: 'accepted' },
  );
  await spool.append(lines);
  sender.notify();
  await sender.drained();
  sender.stop();
  expect(accepted).toEqual(lines);
  expect(warnings.some((warning) => warning.includes('try 1, 20 entries wait safely): down forged line'))).toBe(true);
  expect(warnings.at(-1)).toContain('works again after 5');
});

test('an entry that is refused for good is laid aside alone', async () => {
  const bad = new Set(['entry 3', 'entry 11', 'entry 12']);
  const { sender, accepted, dead } = setUp((batch) =>
    batch.some((line) => bad.has(line)) ? { outcome: 'refused', reason: '400' } : { outcome: 'accepted' },
  );
  await spool.append(lines);
  sender.notify();
  await sender.drained();
  sender.stop();
  expect(dead).toEqual([...bad]);
  expect(accepted).toEqual(lines.filter((line) => !bad.has(line)));
  expect(spool.pending).toBe(0);
});

test('stopping leaves what is pending in the spool', async () => {
  const { sender } = setUp(() => ({ outcome: 'failed', reason: 'down' }));
  await spool.append(lines);
  sender.notify();
  sender.stop();
  expect(spool.pending).toBe(lines.length);
});
