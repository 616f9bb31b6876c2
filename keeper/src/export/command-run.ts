import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { linesIn } from '@auditrail/core';
import {
  defaultKeyFile,
  parseRequest,
  parseTrail,
  type ExportCommandOptions,
  type ExportRequest,
} from './command-request.ts';
import { EntryError, type CommandTrail } from './command-trail.ts';
import type { ExportOptions, ExportResult } from './export-options.ts';
import { runExport } from './run-export.ts';
import { sendSyslog, syslogTarget, type SyslogTarget } from './send-syslog.ts';
import { showProgress } from './show-progress.ts';
import { loadSigner } from './signer.ts';
import { rangeText } from '../terminal/time-range.ts';
import { writeWhole } from './write-whole.ts';

/** Writes a note for people to standard error. */
type Print = (text: string) => void;

/**
 * Runs an export as its options ask and hands the result out.
 *
 * @throws UsageError, EntryError, SyslogError, AuditError; the signal's reason if it is aborted
 */
export async function runCommand(options: ExportCommandOptions, signal: AbortSignal): Promise<void> {
  const request = parseRequest(options);
  const { name, query, range, formats } = request;
  const target = options.syslog === undefined ? undefined : syslogTarget({ ...options, syslog: options.syslog });
  const trail = parseTrail(options, { name, query, range, formats });
  const { signer, isNew } = loadSigner(options.signKey ?? defaultKeyFile());
  const print: Print = (text) => void (options.quiet || process.stderr.write(`${text}\n`));
  print(`range ${rangeText(range)}`);
  if (isNew) print(`Created the signing key ${signer.keyId}. Publish its public half:\n${signer.publicKey.trimEnd()}`);
  const toOutput = options.out === '-' || target !== undefined;
  const folder = toOutput ? mkdtempSync(join(tmpdir(), 'auditrail-export-')) : (options.out ?? '');
  try {
    const result = await exportWithEntries({ ...request, folder, signer, signal }, trail, options.quiet);
    warnOfSharedIds(result);
    if (toOutput) await sendOut(result, folder, options, { target, signal, print });
    if (options.json) printJson(result, options, toOutput);
    else if (!toOutput) printFiles(result, folder);
  } finally {
    await trail?.close();
    if (toOutput) rmSync(folder, { recursive: true, force: true });
  }
}

async function exportWithEntries(
  options: ExportRequest & Pick<ExportOptions, 'folder' | 'signer' | 'signal'>,
  trail: CommandTrail | undefined,
  quiet = false,
): Promise<ExportResult> {
  const progress = showProgress(process.stderr);
  await trail?.recordDelivered('created');
  try {
    return await runExport({
      ...options,
      ...(!quiet && { onProgress: progress.show }),
      beforeNaming: async ({ files }) => trail?.recordDelivered('downloaded', { files }),
    });
  } catch (error) {
    // The failure is reported as such, whether or not its entry arrives.
    if (!(error instanceof EntryError)) await trail?.recordDelivered('failed', { error }).catch(() => undefined);
    throw error;
  } finally {
    progress.end();
  }
}

function warnOfSharedIds({ manifest }: ExportResult): void {
  const { count = 0, ids = [] } = manifest.sharedIds ?? {};
  if (count === 0) return;
  console.error(`warning: ${count} entries claim an id that another entry has, first ${ids[0]}: see docs/verify.md`);
}

async function sendOut(
  { files, manifest }: ExportResult,
  folder: string,
  options: ExportCommandOptions,
  { target, signal, print }: { target: SyslogTarget | undefined; signal: AbortSignal; print: Print },
): Promise<void> {
  if (options.manifest) await writeWhole(options.manifest, `${JSON.stringify(manifest, undefined, 2)}\n`);
  const content = createReadStream(join(folder, files[0]?.name ?? ''));
  if (!target) return pipeline(content, process.stdout, { end: false });
  const sent = await sendSyslog(linesIn(content.setEncoding('utf8')), target, signal);
  print(`${sent} entries sent to ${target.host}:${target.port}`);
}

function printJson({ rows, files, manifestName }: ExportResult, options: ExportCommandOptions, toOutput: boolean) {
  const manifest = toOutput ? (options.manifest ?? null) : manifestName;
  (toOutput ? process.stderr : process.stdout).write(`${JSON.stringify({ rows, files, manifest })}\n`);
}

function printFiles({ files, manifestName }: ExportResult, folder: string): void {
  for (const { name, rows, bytes, sha256 } of files) {
    console.log(`${join(folder, name)}  ${rows} entries  ${bytes} bytes  sha256 ${sha256}`);
  }
  console.log(join(folder, manifestName));
}
