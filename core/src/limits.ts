/**
 * All limits of entries and of reading. Those of entries keep a record below Loki's own limits, which
 * `provisioning/loki/loki.yaml` sets: Loki refuses a record over them, and a collector drops a refused record.
 */
export const LIMITS = {
  /** Longest canonical line, in UTF-8 bytes. Loki: `max_line_size` 1 MB. */
  lineBytes: 900_000,
  /** Longest value of one attribute, in UTF-8 bytes; longer ones are cut in the attribute, never in the line.
   *  Loki: `max_structured_metadata_size` 128 kB for all of a record's attributes. */
  attributeBytes: 1_024,
  /** The first time of an entry. Older entries could be stored but never read: Loki's `schema_config` begins here. The
   *  collector stores an older record of another sender under its time of arrival. */
  firstTime: '1990-01-01T00:00:00Z',
  /** How far a time may be ahead of the collector's clock, in milliseconds; one further ahead is stored under its time of
   *  arrival. Less than Loki's `creation_grace_period` of 30 min, beyond which Loki refuses a record. */
  aheadMs: 20 * 60_000,
  /** Longest `service`, in UTF-8 bytes: a label of every stream. The collector cuts longer ones of other senders. Loki:
   *  `max_label_value_length` 2,048. */
  serviceBytes: 128,
  /** Names in `scope` of one entry; each becomes an attribute. Loki: 128 attributes a record. */
  scopeNames: 16,
  /** Groups of one actor; all of them can be filtered by. */
  groups: 200,
  /** Longest name of a group, in UTF-8 bytes. */
  groupBytes: 200,
  /** Persons and programs that an actor acts for. */
  onBehalfOf: 4,
  /** Further records of one entry. */
  related: 16,
  /** Longest text in an attribute that is a list, other than groups, in UTF-8 bytes; a longer one is cut there. */
  listItemBytes: 256,
  /** Values of the label `audit.actor.bucket`: narrows a search for one person to 1/16 of the streams. */
  actorBuckets: 16,
  /** Entries requested from Loki at once. Loki: `max_entries_limit_per_query` 5,000. */
  pageEntries: 1_000,
  pageEntriesMax: 5_000,
  /** Longest time span of one export, in days: a leap year. */
  exportDays: 366,
  /** Longest time span of one request, in milliseconds. Loki: `max_query_length` 30d1h. */
  querySpanMs: 30 * 24 * 3_600_000,
} as const;
