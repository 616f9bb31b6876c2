import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { z } from 'zod';
import { inRoot } from '../paths.ts';
import { PLUGIN_DIST } from './plugin-build.ts';
import { packageProblems } from './plugin-rules.ts';

const manifest = z.looseObject({ id: z.string(), info: z.looseObject({ version: z.string() }) });

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((one) => one.isFile())
    .map((one) => relative(folder, join(one.parentPath, one.name)))
    .sort();
}

/**
 * Packs the built plugin for Grafana's catalog and `grafana cli plugins install`: a zip with one folder named after the
 * plugin's id, and a file with the zip's SHA-1. The same build results in the same bytes.
 *
 * @returns the path of the zip, in `grafana-plugin/packages`
 * @throws Error if the plugin is not built
 */
export async function packPlugin(dist = PLUGIN_DIST, folder = inRoot('grafana-plugin/packages')): Promise<string> {
  const { id, info } = manifest.parse(JSON.parse(readFileSync(join(dist, 'plugin.json'), 'utf8')));
  mkdirSync(folder, { recursive: true });
  const target = join(folder, `${id}-${info.version}.zip`);
  const zip = new ZipFile();
  const { mtime } = statSync(join(dist, 'module.js'));
  for (const name of filesBelow(dist)) {
    zip.addBuffer(readFileSync(join(dist, name)), `${id}/${name}`, { mtime, mode: 0o100644 });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(target));
  writeFileSync(`${target}.sha1`, createHash('sha1').update(readFileSync(target)).digest('hex'));
  return target;
}

/** Packs the plugin and prints the package's problems. @returns whether it can be published */
export async function packAndCheck(): Promise<boolean> {
  const file = await packPlugin();
  const { errors, warnings } = await packageProblems(file);
  for (const text of warnings) console.log(`warning: ${text}`);
  for (const text of errors) console.error(`error: ${text}`);
  console.log(`${relative(inRoot(), file)}: ${(statSync(file).size / 1_000).toFixed(0)} kB, ${errors.length} errors`);
  return errors.length === 0;
}

if (process.argv[1] === import.meta.filename && !(await packAndCheck())) process.exitCode = 1;
