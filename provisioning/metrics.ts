const matchers = (...all: string[]) => all.filter((matcher) => matcher !== '').join(',');

/**
 * A selector of a metric with or without a suffix: depending on version and configuration, exporters add "_total" and units to
 * names.
 *
 * @param more further matchers
 */
const named = (name: string, suffix: string, more = ''): string =>
  `{${matchers(`__name__=~"${name}(${suffix})?"`, more)}}`;

/** A selector of a counter. */
export const total = (name: string, more?: string): string => named(name, '_total', more);

/** A selector of a number of the collector's queues. */
export const queue = (part: 'size' | 'capacity', more = ''): string =>
  `otelcol_exporter_queue_${part}{${matchers('data_type="logs"', more)}}`;

/** The age of the oldest undelivered entry of an application, in seconds. */
export const SPOOL_AGE = named('audit_spool_age', '_seconds');

// The exporter of collector-config/keeper.yaml. What it drops is in Loki.
export const TO_KEEPER = 'exporter=~".+/keeper"';
export const TO_LOKI = 'exporter!~".+/keeper"';
