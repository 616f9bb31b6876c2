import type { S3Connection } from '../serve/s3-client.ts';
import { plainText as plain } from '../terminal/plain-text.ts';
import { formatReport, reportOf, type VerifyCommandOptions } from '../verify/index.ts';
import { readKeys } from '../verify/source.ts';
import { daysOf, withDuck } from './archive-days.ts';
import { ArchiveReader } from './check-archive.ts';
import { openArchive } from './open-archive.ts';

export interface VerifyArchiveOptions extends VerifyCommandOptions, S3Connection {
  /** A folder, or `s3://bucket/prefix`. */
  archive: string;
}

/**
 * Verifies days of an archive: manifests, files, chains within and across days, and missing days. Resolves with the exit
 * code: 0, 1 if there are problems, or 2 if there are no days.
 *
 * @throws UsageError, and errors of the archive
 */
export async function verifyArchive(
  options: VerifyArchiveOptions,
  print: (text: string) => void = console.log,
): Promise<number> {
  const store = openArchive(options);
  const { tenant, from, to, partial, json } = options;
  const publicKeys = readKeys(options.publicKey);
  return withDuck(async (duck, work) => {
    const days = daysOf(from, to);
    const reader = new ArchiveReader({ store, tenant, days, publicKeys, duck, work });
    const lines = (async function* () {
      for await (const { line } of reader.lines()) yield line;
    })();
    const report = await reportOf({ lines }, options);
    const { findings, undecided } = reader;
    const ok = findings.length === 0 && report.findingCount === 0;
    if (json) {
      print(
        JSON.stringify({ ...report, ok: report.ok && ok, archive: { tenant, days: reader.days, findings, undecided } }),
      );
    } else print(textOf(reader, tenant, formatReport(report, partial)));
    if (reader.days.length === 0 && findings.length === 0) return 2;
    return ok ? 0 : 1;
  });
}

function textOf({ days, findings, undecided }: ArchiveReader, tenant: string, report: string): string {
  const entries = days.reduce((sum, day) => sum + day.entries, 0);
  const span = days.length > 0 ? `, ${days[0]?.day} to ${days.at(-1)?.day}` : '';
  const wrong = new Set(findings.map(({ day }) => day)).size;
  return [
    report,
    '',
    `archive of tenant ${tenant}: ${days.length} days${span}, ${entries} entries`,
    ...findings.map(({ day, text }) => `FOUND      ${day}: ${plain(text, { maxLength: 500 })}`),
    ...undecided.map((text) => `undecided  ${plain(text)}`),
    days.length === 0 && findings.length === 0
      ? 'NOTHING VERIFIED: there are no archived days'
      : wrong === 0
        ? 'OK: the days match their manifests'
        : `NOT OK: ${findings.length} findings about ${wrong} days`,
  ].join('\n');
}
