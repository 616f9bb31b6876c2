import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inRoot, pythonWith } from '@auditrail/stack';
import { parse } from 'yaml';
import { z } from 'zod';
import { run } from '../../stack/src/install/run.ts';

const fileSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          labels: z.record(z.string(), z.string()),
          annotations: z.record(z.string(), z.string()),
        }),
      ),
    }),
  ),
});
export type SigmaAlert = z.output<typeof fileSchema>['groups'][number]['rules'][number];

/** The path of the pipeline. */
const PIPELINE = inRoot('provisioning/sigma/auditrail.yaml');

/**
 * Converts Sigma rules as docs/sigma.md describes.
 *
 * @param rules a file or a folder
 * @returns the rule file of Loki's ruler
 * @throws Error with the output of `sigma` if it fails
 */
export async function convertSigma(rules: string): Promise<string> {
  const requirements = readFileSync(inRoot('provisioning/sigma/requirements.txt'), 'utf8').trim().split('\n');
  const sigma = join(dirname(await pythonWith(requirements)), 'sigma');
  const { code, output, log } = await run(sigma, ['convert', '--target', 'loki', '--pipeline', PIPELINE, rules]);
  if (code !== 0) throw new Error(log);
  return output;
}

/** The alerts of a rule file. */
export const alertsOf = (file: string): SigmaAlert[] =>
  fileSchema.parse(parse(file)).groups.flatMap(({ rules }) => rules);
