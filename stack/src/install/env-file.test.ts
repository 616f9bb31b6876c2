import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completeEnv, writeEnvFile } from './env-file.ts';

it('adds what is missing and keeps what is set', () => {
  const first = completeEnv('');
  expect(first.added).toContain('GRAFANA_ADMIN_PASSWORD');
  const values = [...first.text.matchAll(/^\w+=([0-9a-f]{48})$/gm)].map((match) => match[1]);
  expect(new Set(values).size).toBe(first.added.length);
  expect(completeEnv(first.text)).toEqual({ text: first.text, added: [] });

  const half = completeEnv('AUDITRAIL_READ_TOKEN=mine\nGRAFANA_ADMIN_PASSWORD=');
  expect(half.text).toMatch(/^AUDITRAIL_READ_TOKEN=mine\n/);
  expect(half.added).toEqual([
    ...['AUDITRAIL_WRITE_TOKEN', 'AUDITRAIL_GRAFANA_TOKEN', 'AUDITRAIL_KEEPER_TOKEN', 'GRAFANA_ADMIN_PASSWORD'],
  ]);
});

it('writes a file for its owner only', () => {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-env-'));
  const say = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    const file = join(folder, '.env');
    writeEnvFile(file);
    const text = readFileSync(file, 'utf8');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    writeEnvFile(file);
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(say).toHaveBeenLastCalledWith(`${file} has everything already`);
  } finally {
    say.mockRestore();
    rmSync(folder, { recursive: true });
  }
});
