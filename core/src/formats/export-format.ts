import type { TrailLine } from '../loki/entry-identity.ts';

/** What a format writes a row from; `entry` is missing where the line is no entry of this schema. */
export type ExportLine = Pick<TrailLine, 'ns' | 'line' | 'entry' | 'problem'>;

/** What holds for the whole export. */
export interface ExportMeta {
  /** When it was made, RFC 3339 in UTC. */
  exportedAt: string;
  /** Further columns of a table ({@link CSV_COLUMNS}, `scope.NAME`), in this order; all there are by default. */
  columns?: readonly string[];
}

/**
 * A format that entries are exported in, written as a stream: `head`, the rows with `separator` between each two, `tail`.
 * It keeps no state, so that slices can be written apart and joined. All text is for UTF-8.
 *
 * @example
 * let text = format.head(meta);
 * for (const [i, line] of lines.entries()) text += (i > 0 ? format.separator : '') + format.row(line, meta);
 * text += format.tail(meta);
 */
export interface ExportFormat {
  /** As in a command or an address: `csv`. */
  id: string;
  /** Of the file's name, without a dot. */
  extension: string;
  /** For HTTP. */
  contentType: string;
  /** Whether a row is made of the `entry`; where not, its `line` is enough and need not be parsed. */
  needsEntry: boolean;
  /** What stands between two rows: nothing, where a row ends itself. */
  separator: string;
  head(meta: ExportMeta): string;
  /** A line that is no entry gives a row as well: an export hides nothing. */
  row(line: ExportLine, meta: ExportMeta): string;
  tail(meta: ExportMeta): string;
}
