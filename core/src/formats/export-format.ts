import type { TrailLine } from '../loki/entry-identity.ts';

/** The input of a row; `entry` is missing if the line is not an entry of this schema. */
export type ExportLine = Pick<TrailLine, 'ns' | 'line' | 'entry' | 'problem'>;

/** Properties of the whole export. */
export interface ExportMeta {
  /** When it was created, RFC 3339 in UTC. */
  exportedAt: string;
  /** Further columns of a table ({@link CSV_COLUMNS}, `scope.NAME`), in this order. Default: all. */
  columns?: readonly string[];
}

/**
 * A format that entries are exported in, written as a stream: `head`, the rows with `separator` between each two, `tail`.
 * It keeps no state, so that slices can be written separately and joined. The text is encoded as UTF-8.
 *
 * @example
 * let text = format.head(meta);
 * for (const [i, line] of lines.entries()) text += (i > 0 ? format.separator : '') + format.row(line, meta);
 * text += format.tail(meta);
 */
export interface ExportFormat {
  /** As in commands and addresses: `csv`. */
  id: string;
  /** The file name's extension, without a dot. */
  extension: string;
  /** For HTTP. */
  contentType: string;
  /** Whether a row is built from the `entry`; if not, the `line` need not be parsed. */
  needsEntry: boolean;
  /** Text between two rows; empty if a row includes its end. */
  separator: string;
  head(meta: ExportMeta): string;
  /** A line that is not an entry has a row as well: an export hides nothing. */
  row(line: ExportLine, meta: ExportMeta): string;
  tail(meta: ExportMeta): string;
}
