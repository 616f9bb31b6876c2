import type { LokiClient } from '../loki/client.ts';
import { findEntries } from '../loki/find-entry.ts';
import { countEntries, readEntries } from '../loki/read-entries.ts';
import { valuesSoFar } from '../loki/values-so-far.ts';
import { readVolume } from '../loki/volume.ts';
import type { TrailSource } from './trail-source.ts';

/** Reads entries from Loki. */
export function lokiSource(loki: LokiClient): TrailSource {
  return {
    rows: (options) => readEntries(loki, options),
    count: (options) => countEntries(loki, options),
    async *volume(options) {
      for await (const bars of readVolume(loki, options)) yield { bars, exact: false };
    },
    values: (field, options) => valuesSoFar(loki, field, options),
    find: (id, options) => findEntries(loki, id, options),
  };
}
