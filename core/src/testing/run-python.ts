import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonWith } from '../../../stack/src/install/python.ts';
import { run } from '../../../stack/src/install/run.ts';

/**
 * For tests: passes a text to a Python script of this folder, as a file, and reads its answer: a line of JSON for each
 * line of the text.
 */
export async function runPython<T>(script: string, requirements: readonly string[], text: string): Promise<T[]> {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-python-'));
  try {
    const file = join(folder, 'input');
    writeFileSync(file, text);
    const python = await pythonWith(requirements);
    const { code, output, log } = await run(python, [join(import.meta.dirname, script), file]);
    if (code !== 0) throw new Error(log);
    const lines = output.split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as T);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
