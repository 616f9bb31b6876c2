/**
 * Every bound of an entry and of reading, in one place. Those of entries keep a record below Loki's own limits
 * (`provisioning/loki/loki.yaml` repeats the server's side): Loki refuses what is over them, and a collector drops what
 * Loki refuses.
 */
export const LIMITS = {
  /** Longest canonical line, in UTF-8 bytes. Loki: `max_line_size` 1 MB. */
  lineBytes: 900_000,
  /** Longest value of one attribute, in UTF-8 bytes; a longer one is cut there, never in the line.
   *  Loki: `max_structured_metadata_size` 64 kB for all of a record's attributes. */
  attributeBytes: 1_024,
  /** The first time of an entry. What is older could be stored and never be read: Loki's `schema_config` begins here. The
   *  collector stores a record of another sender with an older time under the time of arrival. */
  firstTime: '1990-01-01T00:00:00Z',
  /** How far a time may be ahead of the collector's clock, in milliseconds; one further ahead is stored under the time of
   *  arrival. Less than Loki's `creation_grace_period` of 30 min, which refuses what is beyond. */
  aheadMs: 20 * 60_000,
  /** Longest `service`, in UTF-8 bytes: a label of every stream. The collector cuts that of other senders there. Loki:
   *  `max_label_value_length` 2,048. */
  serviceBytes: 128,
  /** Named places (`scope`) of one entry; each becomes an attribute. Loki: 128 attributes a record. */
  scopeNames: 16,
  /** Groups of one actor. */
  groups: 100,
  /** Values of the label `audit.actor.bucket`: narrows a search for one person to 1/16 of the streams. */
  actorBuckets: 16,
  /** Entries asked from Loki in one request. Loki: `max_entries_limit_per_query` 5,000. */
  pageEntries: 1_000,
  pageEntriesMax: 5_000,
  /** Longest time span of one export, in days: a leap year. */
  exportDays: 366,
  /** Longest time span of one request, in milliseconds. Loki: `max_query_length` 30d1h. */
  querySpanMs: 30 * 24 * 3_600_000,
} as const;
