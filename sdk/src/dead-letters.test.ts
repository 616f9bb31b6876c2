import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileDeadLetters } from './dead-letters.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dead-letters-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('keeps line and reason, one JSON object a line, also behind a torn one', async () => {
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

test('says so where it cannot keep an entry', async () => {
  rmSync(folder, { recursive: true });
  await expect(fileDeadLetters(folder).add('line', 'reason')).rejects.toThrow('ENOENT');
});
