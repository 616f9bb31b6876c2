import type { ReadOptions } from '../loki/read-entries.ts';
import type { FindOptions } from '../loki/find-entry.ts';
import type { TrailLine } from '../loki/entry-identity.ts';
import type { ValuesOptions, ValuesSoFar } from '../loki/values-so-far.ts';
import type { VolumeBar, VolumeOptions } from '../loki/volume.ts';
import type { FilterField } from '../query/filters.ts';

/** What {@link TrailSource.rows} and {@link TrailSource.count} are asked. */
export type RowsOptions = Pick<ReadOptions, 'query' | 'range' | 'pageEntries' | 'signal'>;

/** A part of a histogram. */
export interface VolumePart {
  /** Newest first. */
  bars: VolumeBar[];
  /** Each entry is counted once, also if it was delivered several times. */
  exact: boolean;
}

/**
 * Where entries are read from: Loki ({@link lokiSource}), the keeper ({@link keeperSource}), or the keeper with Loki in
 * reserve ({@link fallbackSource}). All give the same entries in the same order; the keeper's numbers are exact and come at
 * once.
 */
export interface TrailSource {
  /** Entries newest first, page by page, none missing, none twice. */
  rows(options: RowsOptions): AsyncGenerator<TrailLine[], void>;
  /** The number of entries. */
  count(options: RowsOptions): Promise<number>;
  /** The number of entries by time and outcome, newest first, part by part. */
  volume(options: VolumeOptions): AsyncGenerator<VolumePart, void>;
  /** The values of a field with their number of entries; each result replaces the one before. */
  values(field: FilterField, options: ValuesOptions): AsyncGenerator<ValuesSoFar, void>;
  /** All entries that claim an id. */
  find(id: string, options: FindOptions): AsyncGenerator<TrailLine[], void>;
}
