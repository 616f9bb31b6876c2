import { formatTime } from '@auditrail/core';
import { verifyTrail, type StreamReport, type VerifyReport } from '@auditrail/core/verify';
import { checkExport, type ExportCheck } from './check-export.ts';
import { plainText as plain } from '../terminal/plain-text.ts';
import { rangeText } from '../terminal/time-range.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { readKeys, verifySource, type VerifySource, type VerifySourceOptions } from './source.ts';

export interface VerifyCommandOptions extends VerifySourceOptions {
  /** An export: its folder, or its manifest. */
  export?: string;
  /** `ID=FILE`: secrets of HMAC-SHA-256. */
  key?: string[];
  /** `ID=FILE`: Ed25519 public keys in PEM. */
  publicKey?: string[];
  /** The streams are expected to be complete. */
  complete?: boolean;
  /** The lines were filtered: gaps are not findings. */
  partial?: boolean;
  /** Accept streams without a key although keys are given. */
  allowUnkeyed?: boolean;
  /** Accept entries in no chain although `complete` or keys are given. */
  allowUnchained?: boolean;
  json?: boolean;
}

const FILTERED_NAME = /-filtered\.ndjson(\.gz)?$/;
const LAST_MINUTE_HINT =
  'Entries of the last minute may still be on their way and are not read: --to now includes them.';
const FILTER_HINT = 'If the file was filtered (one person, one channel), verify it with --partial.';
const MOST_ROWS = 50;
const HEAD = ['stream', 'service', 'entries', 'numbers', 'first', 'last', 'begin', 'end', 'signed to'];

function row(report: StreamReport): string[] {
  const {
    stream,
    service = '',
    entries,
    firstSeq,
    lastSeq,
    firstTime = '',
    lastTime = '',
    head,
    tail,
    signedTo,
  } = report;
  const numbers = firstSeq === undefined ? '-' : `${firstSeq}-${lastSeq}`;
  const times = [firstTime, lastTime].map((time) => time.slice(0, 19));
  return [stream, service, String(entries), numbers, ...times, head, tail, String(signedTo ?? '-')].map((cell) =>
    plain(cell),
  );
}

function table(streams: StreamReport[]): string[] {
  const rows = [HEAD, ...streams.slice(0, MOST_ROWS).map(row)];
  const widths = HEAD.map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const more = streams.length - MOST_ROWS;
  return more > 0 ? [...lines, `and ${more} more streams: --json shows them all`] : lines;
}

function outcome(report: VerifyReport, partial = false): string {
  const { ok, lines, verified, unchained, streams, findingCount } = report;
  const counted = `${lines} lines, ${streams.length} streams`;
  if (findingCount > 0) return `NOT OK: ${counted}, ${findingCount} findings`;
  if (ok) {
    const unproven = lines - verified;
    if (partial) return `OK: ${counted}, a part of their chains: no problems found in it`;
    return `OK: ${counted}, no problems found${unproven > 0 ? `; ${unproven} of the lines are not proven by a chain` : ''}`;
  }
  if (lines === 0) return 'NOTHING VERIFIED: there are no entries';
  if (unchained === lines) return `NOTHING VERIFIED: ${counted}, no entry is in a chain`;
  return `NOTHING VERIFIED: ${counted}, but no key of their chains was given`;
}

/** The exit code of a report: 0, 1 if there are problems, 2 if nothing was verified. */
function exitCodeOf({ ok, findingCount }: VerifyReport): 0 | 1 | 2 {
  if (findingCount > 0) return 1;
  return ok ? 0 : 2;
}

/** A report for people: streams, findings, undecided points, and the result in the last line. */
export function formatReport(report: VerifyReport, partial = false): string {
  const { streams, findings, findingCount, undecided } = report;
  const text: string[] = streams.length > 0 ? [...table(streams), ''] : [];
  for (const { kind, text: sentence, id, time } of findings) {
    const about = id === undefined ? '' : ` (${plain(`${id}, ${time}`)})`;
    text.push(`FOUND      ${kind}: ${plain(sentence)}${about}`);
  }
  if (findingCount > findings.length) text.push(`and ${findingCount - findings.length} findings more`);
  for (const { text: sentence } of undecided.slice(0, MOST_ROWS)) text.push(`undecided  ${plain(sentence)}`);
  if (undecided.length > MOST_ROWS) text.push(`and ${undecided.length - MOST_ROWS} more undecided points`);
  return [...text, outcome(report, partial)].join('\n');
}

function formatExport({ manifest, findings, undecided }: ExportCheck): string {
  const { range, rows, files, cut } = manifest;
  const text = [
    `export of ${rows} entries, ${plain(range.from)} to ${plain(range.to)}, as of ${plain(cut.asOf)}`,
    ...files.map(({ name, bytes, sha256 }) => `  ${plain(name)}  ${bytes} bytes  sha256 ${sha256}`),
    ...findings.map((finding) => `FOUND      ${plain(finding)}`),
    ...undecided.map((each) => `undecided  ${plain(each)}`),
  ];
  if (findings.length === 0) text.push('OK: the files match the manifest');
  else text.push(`NOT OK: ${findings.length} findings about the manifest and its files`);
  return text.join('\n');
}

// The gaps that a filter makes are not gaps of the chain.
function hasFilter({ query }: ExportCheck['manifest']): boolean {
  const { filters, search } = query as { filters?: unknown; search?: unknown };
  return search !== undefined || !Array.isArray(filters) || filters.length > 0;
}

async function verifyExport(
  path: string,
  options: VerifyCommandOptions,
  print: (text: string) => void,
): Promise<number> {
  if (options.file !== undefined || options.url !== undefined) {
    throw new UsageError('an export is verified alone: without --file and --url');
  }
  const check = await checkExport(path, readKeys(options.publicKey));
  const { ndjson: file } = check;
  const partial = options.partial === true || hasFilter(check.manifest);
  if (file === undefined) check.undecided.push('There is no NDJSON file, so chains were not checked.');
  else if (partial) check.undecided.push('The export is filtered: it contains a part of its chains.');
  const report =
    file === undefined ? undefined : await reportOf(verifySource({ ...options, file }), { ...options, partial });
  if (options.json) print(JSON.stringify({ ...report, export: check }));
  else print([...(report ? [formatReport(report, partial)] : []), formatExport(check)].join('\n\n'));
  // The manifest also proves the files of an export without chains.
  return check.findings.length === 0 && (report?.findingCount ?? 0) === 0 ? 0 : 1;
}

/** Verifies the chains of lines, with the options of the command. */
export const reportOf = ({ lines }: Pick<VerifySource, 'lines'>, options: Omit<VerifyCommandOptions, 'tenant'>) =>
  verifyTrail(lines, {
    keys: readKeys(options.key),
    publicKeys: readKeys(options.publicKey),
    expectComplete: options.complete ?? false,
    partial: options.partial ?? false,
    ...(options.allowUnkeyed && { requireKeys: false }),
    ...(options.allowUnchained && { requireChains: false }),
  });

/**
 * Verifies a file, an export or a range of a running installation and reports what it finds. Resolves with the exit code:
 * 0, 1 if there are problems, or 2 if nothing was verified.
 *
 * @throws UsageError, and errors of reading: nothing was verified then
 */
export async function verify(
  options: VerifyCommandOptions,
  print: (text: string) => void = console.log,
): Promise<number> {
  if (options.export !== undefined) return verifyExport(options.export, options, print);
  if (options.partial && options.complete) throw new UsageError('--partial and --complete exclude each other');
  const source = verifySource(options);
  const { range, notes } = source;
  // The page gives such a name to the file of a filtered view.
  const partial = options.partial ?? (FILTERED_NAME.test(options.file ?? '') && !options.complete);
  const report = await reportOf(source, { ...options, partial });
  if (options.json) {
    const used = range && { range: { from: formatTime(range.start), to: formatTime(range.end) } };
    print(
      JSON.stringify({ ...report, ...(partial && { partial }), ...used, ...(notes.size > 0 && { input: [...notes] }) }),
    );
    return exitCodeOf(report);
  }
  const head = [
    ...(range ? [`range ${rangeText(range)}`] : []),
    ...(notes.size > 0 ? [`input ${[...notes].join(', ')}`] : []),
  ];
  const gapsOnly = report.findingCount > 0 && report.findings.every(({ kind }) => kind === 'missing');
  const leftOut = report.lines === 0 && options.url !== undefined && options.to === undefined;
  const hint = leftOut ? [LAST_MINUTE_HINT] : gapsOnly && options.file !== undefined ? [FILTER_HINT] : [];
  print([...head, formatReport(report, partial), ...hint].join('\n'));
  return exitCodeOf(report);
}
