import { appendFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileDeadLetters } from './dead-letter-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dead-letters-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('keeps line and reason, one JSON object per line, also after a torn one', async () => {
  const letters = fileDeadLetters(folder);
  const file = join(folder, 'dead-letters.ndjson');
  await letters.add('{"a":"line\\n"}', 'HTTP 400: no\nnever');
  appendFileSync(file, '{"time":"20');
  await letters.add('second', 'HTTP 413');
  const [first, torn, second, end] = readFileSync(file, 'utf8').split('\n');
  expect(JSON.parse(first ?? '')).toMatchObject({ reason: 'HTTP 400: no\nnever', line: '{"a":"line\\n"}' });
  expect(torn).toBe('{"time":"20');
  expect(JSON.parse(second ?? '')).toMatchObject({ reason: 'HTTP 413', line: 'second' });
  expect(end).toBe('');
});

test('rejects if it cannot keep an entry', async () => {
  rmSync(folder, { recursive: true });
  await expect(fileDeadLetters(folder).add('line', 'reason')).rejects.toThrow('ENOENT');
});

test('a letter survives a move of its file at that moment', async () => {
  const file = join(folder, 'dead-letters.ndjson');
  const taken: string[] = [];
  let over = false;
  const take = (async () => {
    for (let i = 0; !over; i++) {
      const away = `${file}.${i}`;
      try {
        renameSync(file, away);
        // Read once: a letter that is written into it later must be in another file too.
        taken.push(readFileSync(away, 'utf8'));
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOENT' });
      }
      await sleep(Math.random() * 20);
    }
  })();
  const letters = fileDeadLetters(folder);
  for (let i = 0; i < 200; i++) await letters.add(`line ${i}`, 'HTTP 400');
  over = true;
  await take;
  if (existsSync(file)) taken.push(readFileSync(file, 'utf8'));
  const lines = taken
    .join('\n')
    .split('\n')
    .filter(Boolean)
    .map((text) => (JSON.parse(text) as { line: string }).line);
  expect(new Set(lines)).toEqual(new Set(Array.from({ length: 200 }, (_, i) => `line ${i}`)));
});
