import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AuditError, canonicalJson, formatTime, msToNs } from '@auditrail/core';
import { isExportFormatId } from '@auditrail/core/formats';
import { linesQuery, type TimeRange } from '@auditrail/core/query';
import { z } from 'zod';
import { chainRange } from './chain-ranges.ts';
import { diskError } from './disk-error.ts';
import type { ExportOptions } from './export-options.ts';
import { writeWhole } from './write-whole.ts';

const STATE_NAME = 'export-state.json';

const schema = z.object({
  version: z.literal(1),
  /** The request as text: another export cannot continue these files. */
  what: z.string(),
  asOf: z.string(),
  rows: z.int(),
  repetitions: z.int().default(0),
  slices: z.int(),
  duplicates: z.int(),
  /** Everything from this nanosecond on is in the files. */
  reached: z.string().regex(/^-?\d+$/),
  /** Length of each file, by format. */
  bytes: z.partialRecord(z.string().refine(isExportFormatId), z.int()),
  chains: z.array(chainRange),
  sharedIds: z.object({ count: z.int(), ids: z.array(z.string()) }).default({ count: 0, ids: [] }),
});

type Saved = z.output<typeof schema>;

/** The part of the state that is about the files. */
export type SavedOutputs = Pick<Saved, 'rows' | 'repetitions' | 'bytes' | 'chains' | 'sharedIds'>;

const whatOf = ({ tenant, query = {}, range, formats, columns, name = 'audit-log' }: ExportOptions) =>
  canonicalJson({
    tenant,
    query: linesQuery(query),
    range: [String(range.start), String(range.end)],
    formats: [...formats],
    columns: columns && [...columns],
    name,
  });

const rangeOf = z.object({ range: z.tuple([z.string(), z.string()]) });

function read(path: string): Saved {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new AuditError('EXPORT_CONFLICT', `${path} cannot be read: start the export again`, { cause });
  }
}

function load(path: string, what: string): Saved {
  const saved = read(path);
  if (saved.what === what) return saved;
  throw new AuditError(
    'EXPORT_CONFLICT',
    `${path} belongs to another export: continue with the same range, filters, formats and name, or start again`,
  );
}

/** The range of the interrupted export in a folder, if there is one. */
export function interruptedRange(folder: string): TimeRange | undefined {
  const path = join(folder, STATE_NAME);
  if (!existsSync(path)) return undefined;
  const { range } = rangeOf.parse(JSON.parse(read(path).what));
  return { start: BigInt(range[0]), end: BigInt(range[1]) };
}

/** The state of an export, in a file beside its files; each save replaces it atomically. */
export class ExportState {
  readonly #path: string;
  /** Nothing was written yet. */
  readonly isNew: boolean;
  saved: Saved;

  private constructor(path: string, saved: Saved, isNew: boolean) {
    this.#path = path;
    this.saved = saved;
    this.isNew = isNew;
  }

  /**
   * Opens the state of the export in the folder, or creates a new one.
   *
   * @throws AuditError `EXPORT_CONFLICT`, `EXPORT_UNWRITABLE`
   */
  static open(options: ExportOptions, files: readonly string[]): ExportState {
    const { folder, range, existing = 'refuse' } = options;
    const path = join(folder, STATE_NAME);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw diskError(folder, error);
    }
    const what = whatOf(options);
    if (existsSync(path) && existing !== 'restart') {
      if (existing === 'resume') return new ExportState(path, load(path, what), false);
      throw new AuditError('EXPORT_CONFLICT', `${folder} contains a part of an export: continue it, or start again`);
    }
    const existingFile = existing === 'restart' ? undefined : files.find((file) => existsSync(file));
    if (existingFile !== undefined)
      throw new AuditError('EXPORT_CONFLICT', `${existingFile} already exists: choose another name`);
    const asOf = formatTime(msToNs(Date.now()));
    const counts = { rows: 0, repetitions: 0, slices: 0, duplicates: 0, sharedIds: { count: 0, ids: [] } };
    const nothing = { ...counts, reached: String(range.end), bytes: {}, chains: [] };
    return new ExportState(path, { version: 1, what, asOf, ...nothing }, true);
  }

  /** Call it after the files are synced. */
  async save(progress: Omit<Saved, 'version' | 'what' | 'asOf'>): Promise<void> {
    this.saved = { ...this.saved, ...progress };
    await writeWhole(this.#path, JSON.stringify(this.saved));
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}
