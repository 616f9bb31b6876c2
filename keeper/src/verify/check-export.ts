import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '../terminal/usage-error.ts';
import { linesOf } from './source.ts';
import { ChainRanges } from '../export/chain-ranges.ts';
import { isSignedBy, manifestSchema, type ExportManifest } from '../export/manifest.ts';
import { checkSignature } from './check-signature.ts';

/** The result of checking an export's manifest and files. */
export interface ExportCheck {
  manifest: ExportManifest;
  /** Problems, in sentences. */
  findings: string[];
  /** Things that were not proven. */
  undecided: string[];
  /** The NDJSON file, if the export has one and it is unchanged. */
  ndjson?: string;
}

const MANIFEST_NAME = /\.manifest\.json$/;

function manifestFile(path: string): string {
  let names: string[];
  try {
    if (!statSync(path).isDirectory()) return path;
    names = readdirSync(path).filter((name) => MANIFEST_NAME.test(name));
  } catch (cause) {
    throw new UsageError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const [name, ...more] = names;
  if (name === undefined)
    throw new UsageError(`${path} contains no manifest (*.manifest.json): the export is not complete`);
  if (more.length > 0) throw new UsageError(`${path} contains several manifests: give one of them`);
  return join(path, name);
}

async function sha256Of(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function checkFile(folder: string, file: ExportManifest['files'][number]): Promise<string | undefined> {
  try {
    const { bytes, sha256 } = await sha256Of(join(folder, file.name));
    if (sha256 === file.sha256 && bytes === file.bytes) return undefined;
    return `${file.name} is not what was written: ${bytes} bytes of ${file.bytes}, SHA-256 ${sha256}.`;
  } catch (error) {
    return `${file.name} cannot be read: ${(error as Error).message}.`;
  }
}

async function checkLines(path: string, { rows, chains }: ExportManifest): Promise<string[]> {
  const ranges = new ChainRanges();
  let count = 0;
  for await (const line of linesOf(path)) {
    ranges.add(line);
    count++;
  }
  const found = JSON.parse(JSON.stringify(ranges.list())) as unknown;
  return [
    ...(count === rows ? [] : [`The manifest states ${rows} entries, but there are ${count}.`]),
    ...(isDeepStrictEqual(found, chains) ? [] : ['The chains in the manifest differ from those of the entries.']),
  ];
}

/**
 * Checks an export by its manifest: signature, files, entries and chain ranges. To check the chains themselves, use
 * `verifyTrail` with the NDJSON file.
 *
 * @param path the export's folder, or its manifest
 * @param publicKeys Ed25519 public keys in PEM; the id is the caller's own
 * @throws UsageError if there is no readable manifest
 */
export async function checkExport(path: string, publicKeys: Record<string, string>): Promise<ExportCheck> {
  const file = manifestFile(path);
  let raw: Record<string, unknown>;
  let manifest: ExportManifest;
  try {
    raw = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    manifest = manifestSchema.parse(raw);
  } catch (cause) {
    throw new UsageError(`${file} is not a manifest of an export`, { cause });
  }
  const { finding, undecided } = checkSignature(manifest.signature, publicKeys, (value, key) =>
    isSignedBy(raw, value, key),
  );
  const findings = finding === undefined ? [] : [finding];
  const unproven = undecided === undefined ? [] : [undecided];
  // The manifest names the files of all formats, and a download contains one of them.
  const isHere = ({ name }: { name: string }) => existsSync(join(dirname(file), name));
  const present = manifest.files.filter(isHere);
  for (const { name } of manifest.files.filter((each) => !isHere(each))) {
    if (present.length === 0) findings.push(`${name} is missing, as is any other file of the export.`);
    else unproven.push(`${name} is missing: it was not checked.`);
  }
  let ndjson: string | undefined;
  for (const each of present) {
    const wrong = await checkFile(dirname(file), each);
    if (wrong !== undefined) findings.push(wrong);
    else if (each.format === 'ndjson') ndjson = join(dirname(file), each.name);
  }
  if (ndjson !== undefined) findings.push(...(await checkLines(ndjson, manifest)));
  return { manifest, findings, undecided: unproven, ...(ndjson && { ndjson }) };
}
