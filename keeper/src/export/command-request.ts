import { homedir } from 'node:os';
import { join } from 'node:path';
import { EXPORT_FORMATS, isExportFormatId, type ExportFormatId } from '@auditrail/core/formats';
import { parseRange } from '../terminal/time-range.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { checkOptions } from './check-options.ts';
import { CommandTrail, type CommandTrailOptions } from './command-trail.ts';
import type { ExportOptions } from './export-options.ts';
import { interruptedRange } from './export-state.ts';
import { linesClient } from './lines-client.ts';
import { type SyslogOptions } from './send-syslog.ts';
import { parseWhere } from './where.ts';

/** The command's options as commander parses them. */
export interface ExportCommandOptions extends Partial<SyslogOptions> {
  url?: string;
  token?: string;
  tenant: string;
  from: string;
  to: string;
  where?: string[];
  format: string[];
  columns?: string[];
  out?: string;
  name: string;
  manifest?: string;
  parallel: number;
  resume?: boolean;
  force?: boolean;
  signKey?: string;
  endpoint?: string;
  writeToken?: string;
  /** `--no-entry` */
  entry: boolean;
  json?: boolean;
  quiet?: boolean;
}

export const DEFAULT_FORMATS = ['ndjson'];
// In these formats, an entry is a line.
const SYSLOG_FORMATS: ReadonlySet<string> = new Set(['cef', 'ndjson', 'ocsf', 'ecs']);

/** What `runExport` needs, except for the folder and what follows the progress. */
export type ExportRequest = Omit<ExportOptions, 'folder' | 'query'> & Required<Pick<ExportOptions, 'query' | 'name'>>;

function formatsOf(words: readonly string[]): ExportFormatId[] {
  return words.map((word) => {
    if (isExportFormatId(word)) return word;
    throw new UsageError(`there is no format "${word}": ${Object.keys(EXPORT_FORMATS).join(', ')}`);
  });
}

// A request to anything else would get no answer, and the command would wait for one.
function checkAddress(option: string, text: string): void {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return;
  throw new UsageError(`${option} ${text} is not an address: it begins with http:// or https://`);
}

function outOf({ out, syslog, resume, force }: ExportCommandOptions): string {
  if (syslog !== undefined && out !== undefined) throw new UsageError('give --syslog or --out');
  const target = syslog === undefined ? out : '-';
  if (!target) throw new UsageError('give --out FOLDER, or --out - for standard output');
  if (resume && force) throw new UsageError('--resume continues, --force starts again: give one of them');
  if (target === '-' && resume) throw new UsageError('standard output and syslog cannot be resumed: give a folder');
  return target;
}

function exportFormats({ format, syslog }: ExportCommandOptions, out: string): ExportFormatId[] {
  const formats = formatsOf(syslog !== undefined && format === DEFAULT_FORMATS ? ['cef'] : format);
  if (out === '-' && formats.length !== 1) throw new UsageError('standard output and syslog take one format');
  if (syslog !== undefined && !SYSLOG_FORMATS.has(formats[0] ?? '')) {
    throw new UsageError(`--syslog sends ${[...SYSLOG_FORMATS].join(', ')}`);
  }
  return formats;
}

/**
 * The export that the options describe.
 *
 * @throws UsageError, AuditError `EXPORT_INVALID`
 */
export function parseRequest(options: ExportCommandOptions): ExportRequest {
  const { url, token, tenant, resume, force, columns, name, parallel } = options;
  if (!url) throw new UsageError('give --url, the address of the gateway (AUDITRAIL_GATEWAY_URL)');
  checkAddress('--url', url);
  const out = outOf(options);
  const formats = exportFormats(options, out);
  if (!Number.isInteger(parallel) || parallel < 1 || parallel > 32) {
    throw new UsageError('--parallel takes a whole number from 1 to 32');
  }
  const given = parseRange(options.from, options.to);
  // A relative time is a different range in every call.
  const range = (resume && interruptedRange(out)) || given;
  const chosen = { range, formats, name, ...(columns && { columns }) };
  checkOptions(chosen);
  return {
    ...{ ...chosen, tenant, parallel },
    loki: linesClient({ url, tenant, ...(token && { headers: { Authorization: `Bearer ${token}` } }) }),
    query: parseWhere(options.where ?? []),
    existing: resume ? 'resume' : force ? 'restart' : 'refuse',
  };
}

/**
 * Writes the entries about the export, unless `--no-entry` is given.
 *
 * @throws UsageError
 */
export function parseTrail(options: ExportCommandOptions, what: CommandTrailOptions['what']): CommandTrail | undefined {
  const { entry, endpoint, writeToken, tenant } = options;
  if (!entry) return undefined;
  if (!endpoint || !writeToken) {
    throw new UsageError(
      'an export is itself an entry of the trail: give --endpoint and --write-token (AUDITRAIL_ENDPOINT, ' +
        'AUDITRAIL_WRITE_TOKEN), or --no-entry if your own rules allow an export without an entry',
    );
  }
  checkAddress('--endpoint', endpoint);
  return new CommandTrail({ endpoint, token: writeToken, tenant, what });
}

/** The file of the signing key unless `--sign-key` names another. */
export function defaultKeyFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'auditrail', 'export-key.pem');
}
