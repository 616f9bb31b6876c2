import { EXPORT_FORMATS, type ExportFormat, type ExportFormatId, type ExportMeta } from '@auditrail/core/formats';
import { toTrailLine } from '@auditrail/core/loki';
import { ChainRanges } from './chain-ranges.ts';
import type { ExportedLine } from './dedupe-slice.ts';
import { ExportFile } from './export-file.ts';
import type { SavedOutputs } from './export-state.ts';
import type { ExportedFile } from './manifest.ts';
import { SharedIds } from './shared-ids.ts';

// Small beside a slice, so that memory never holds parsed and formatted copies of a whole one.
const PIECE_LINES = 250;

interface Output {
  id: ExportFormatId;
  format: ExportFormat;
  file: ExportFile;
}

/** The files of an export, and what is counted and collected while they are written. */
export class ExportOutputs {
  readonly #meta: ExportMeta;
  readonly #chains: ChainRanges;
  readonly #sharedIds: SharedIds;
  readonly #outputs: Output[] = [];
  #rows: number;
  #repetitions: number;

  private constructor(saved: SavedOutputs, meta: ExportMeta) {
    this.#meta = meta;
    this.#chains = new ChainRanges(saved.chains);
    this.#sharedIds = new SharedIds(saved.sharedIds);
    this.#rows = saved.rows;
    this.#repetitions = saved.repetitions;
  }

  /**
   * Opens the files, by their format, and cuts them to what was saved.
   *
   * @throws AuditError `EXPORT_UNWRITABLE`
   */
  static async open(paths: ReadonlyMap<ExportFormatId, string>, saved: SavedOutputs, meta: ExportMeta) {
    const outputs = new ExportOutputs(saved, meta);
    try {
      for (const [id, path] of paths) {
        const file = await ExportFile.open(path, saved.bytes[id]);
        outputs.#outputs.push({ id, format: EXPORT_FORMATS[id], file });
      }
      return outputs;
    } catch (error) {
      await outputs.close();
      throw error;
    }
  }

  /** Of all files together. */
  get bytes(): number {
    return this.#outputs.reduce((sum, { file }) => sum + file.bytes, 0);
  }

  /** Entries, each once: of an entry that was recorded twice, NDJSON has both lines. */
  get rows(): number {
    return this.#rows - this.#repetitions;
  }

  async begin(): Promise<void> {
    for (const { format, file } of this.#outputs) await file.append(format.head(this.#meta));
  }

  async append(lines: readonly ExportedLine[]): Promise<void> {
    for (let at = 0; at < lines.length; at += PIECE_LINES) {
      // The text of a line is decoded here, once: a copy of the fields keeps it.
      const piece = lines
        .slice(at, at + PIECE_LINES)
        .map(({ ns, line, repeats }) => ({ ns, line, ...(repeats && { repeats }) }));
      await this.#appendPiece(piece);
    }
  }

  async #appendPiece(piece: readonly ExportedLine[]): Promise<void> {
    for (const { line, repeats } of piece) {
      this.#chains.add(line);
      if (!repeats) this.#sharedIds.add(line);
    }
    const once = piece.filter(({ repeats }) => !repeats);
    const needsEntry = this.#outputs.some(({ format }) => format.needsEntry);
    const entries = needsEntry ? once.map(toTrailLine) : [];
    for (const { format, file } of this.#outputs) {
      let text = '';
      // A format that keeps the lines keeps every link of the chains; the others have each entry once.
      for (const [i, line] of (format.needsEntry ? entries : piece).entries()) {
        text += (this.#rows - this.#repetitions + i > 0 ? format.separator : '') + format.row(line, this.#meta);
      }
      await file.append(text);
    }
    this.#rows += piece.length;
    this.#repetitions += piece.length - once.length;
  }

  async end(): Promise<void> {
    for (const { format, file } of this.#outputs) await file.append(format.tail(this.#meta));
  }

  async sync(): Promise<void> {
    for (const { file } of this.#outputs) await file.sync();
  }

  /** What {@link open} needs to continue from here. */
  toSave(): SavedOutputs {
    const bytes = Object.fromEntries(this.#outputs.map(({ id, file }) => [id, file.bytes]));
    return { ...this.found(), bytes };
  }

  /** What is in the files so far. */
  found(): Omit<SavedOutputs, 'bytes'> {
    const counts = { rows: this.#rows, repetitions: this.#repetitions };
    return { ...counts, sharedIds: this.#sharedIds.found, chains: this.#chains.list() };
  }

  files(): ExportedFile[] {
    return this.#outputs.map(({ id, format, file }) => {
      const rows = format.needsEntry ? this.#rows - this.#repetitions : this.#rows;
      return { format: id, name: file.name, rows, bytes: file.bytes, sha256: file.sha256() };
    });
  }

  /** Gives the files their final names. */
  async finish(): Promise<void> {
    for (const { file } of this.#outputs) await file.finish();
  }

  async close(): Promise<void> {
    for (const { file } of this.#outputs) await file.close();
  }
}
