import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { pythonWith } from '@auditrail/stack';
import { keeperLab } from './testing/keeper-lab.ts';

let lab: Awaited<ReturnType<typeof keeperLab>>;
const folder = mkdtempSync(join(tmpdir(), 'auditrail-openapi-'));
beforeAll(async () => {
  lab = await keeperLab();
});
afterAll(async () => {
  await lab.close();
  rmSync(folder, { recursive: true });
});

it('answers as its OpenAPI document states, whatever the request (schemathesis)', async () => {
  const program = join(dirname(await pythonWith(['schemathesis==4.32.5'])), 'st');
  // 422 is for conditions that a schema cannot express, such as that one time is before another.
  writeFileSync(
    join(folder, 'schemathesis.toml'),
    '[checks.positive_data_acceptance]\nexpected-statuses = ["2xx", "401", "403", "404", "409", "422"]\n',
  );
  const args = [
    ...['--config-file', join(folder, 'schemathesis.toml'), 'run', `${lab.url}/openapi.json`],
    ...['--header', `Authorization: Bearer ${lab.tokenFor('fuzz').secret}`],
    ...['--max-examples', '10', '--seed', '1', '--generation-database', 'none', '--phases', 'coverage,fuzzing'],
  ];
  const report = await promisify(execFile)(program, args, { cwd: folder }).catch(
    (error: Error & { stdout?: string }) => {
      throw new Error(error.stdout ?? String(error));
    },
  );
  expect(report.stdout).toContain('Tested: 13');
}, 240_000);
