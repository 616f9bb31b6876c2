import { metrics, type Attributes, type MeterProvider, type ObservableResult } from '@opentelemetry/api';

/** Counters of a logger and its sender. */
export interface AuditMetrics {
  /** Entries were recorded: they are on disk. */
  emitted(count: number): void;
  /** Entries were accepted by the collector. */
  exported(count: number): void;
  /** Entries will not reach Loki: dead letters, and rejected `record()` calls, whose reason is the error's code. */
  dropped(count: number, reason: string): void;
  /** Entries that the collector accepted were not found in Loki, and were sent again. */
  resent(count: number): void;
  /** Entries that the collector accepted left the spool before they were found in Loki. */
  unproven(count: number): void;
  /** Stops reporting. */
  stop(): void;
}

export interface AuditMetricsOptions {
  service: string;
  tenant: string;
  /** Number of entries in the spool. */
  depth: () => number;
  /** Creation time of the oldest entry in the spool, in milliseconds since 1970; `undefined` if the spool is empty. */
  oldestMs: () => number | undefined;
  /** Undelivered bytes in the spool. */
  bytes?: (() => number) | undefined;
  /** Number of entries that the collector accepted and that were not found in Loki yet. */
  unseen?: (() => number) | undefined;
}

/** An instrument that is read when metrics are collected. */
export interface Instrument {
  create: 'createObservableCounter' | 'createObservableUpDownCounter' | 'createObservableGauge';
  name: string;
  unit: string;
  description: string;
  observe: (result: ObservableResult) => void;
}

type Totals = Record<'emitted' | 'exported' | 'resent' | 'unproven', number> & { dropped: Map<string, number> };

const RECORD = '{record}';

function counters(totals: Totals, labels: Attributes): Instrument[] {
  const counter = (name: string, description: string, observe: Instrument['observe']): Instrument => ({
    create: 'createObservableCounter',
    name: `audit.records.${name}`,
    unit: RECORD,
    description,
    observe,
  });
  const total = (name: Exclude<keyof Totals, 'dropped'>, description: string) =>
    counter(name, description, (result) => result.observe(totals[name], labels));
  return [
    total('emitted', 'Entries written to disk'),
    total('exported', 'Entries accepted by the collector'),
    counter('dropped', 'Entries that will not be delivered: refused by record(), or dead letters', (result) => {
      for (const [reason, count] of totals.dropped) result.observe(count, { ...labels, reason });
    }),
    total('resent', 'Entries that were accepted, not found in Loki afterwards, and sent again'),
    total('unproven', 'Entries that were accepted and left the spool before they were found in Loki'),
  ];
}

function gauges({ depth, oldestMs, bytes, unseen }: AuditMetricsOptions, labels: Attributes): Instrument[] {
  const sum = (name: string, unit: string, description: string, read: () => number): Instrument => ({
    create: 'createObservableUpDownCounter',
    name,
    unit,
    description,
    observe: (result) => result.observe(read(), labels),
  });
  return [
    ...(unseen
      ? [sum('audit.records.unseen', RECORD, 'Entries that were accepted and not found in Loki yet', unseen)]
      : []),
    sum('audit.queue.depth', RECORD, 'Entries on disk that wait for the collector', depth),
    {
      create: 'createObservableGauge',
      name: 'audit.spool.age',
      unit: 's',
      description: 'Age of the oldest undelivered entry',
      observe: (result) => {
        const oldest = oldestMs();
        result.observe(oldest === undefined ? 0 : Math.max(0, (Date.now() - oldest) / 1_000), labels);
      },
    },
    ...(bytes ? [sum('audit.spool.bytes', 'By', 'Undelivered bytes on disk', bytes)] : []),
  ];
}

/** Instruments that report to the global `MeterProvider`, whenever the app registers it. */
export interface ObservedInstruments {
  /** Registers the instruments again if the app has changed the provider. */
  follow: () => void;
  stop: () => void;
}

/** Creates the instruments with the current `MeterProvider`. @returns a function that removes them */
function register(instruments: readonly Instrument[]): () => void {
  const meter = metrics.getMeter('@auditrail/sdk');
  const undo = instruments.map(({ create, name, unit, description, observe }) => {
    const instrument = meter[create](name, { unit, description });
    instrument.addCallback(observe);
    return () => instrument.removeCallback(observe);
  });
  return () => undo.forEach((step) => step());
}

/**
 * Reports instruments through the Metrics API. It has no proxy: instruments of an earlier provider would never report to
 * the one that the app registers.
 */
export function observeInstruments(instruments: readonly Instrument[]): ObservedInstruments {
  let provider: MeterProvider | undefined;
  let unregister = () => {};
  const follow = (): void => {
    const current = metrics.getMeterProvider();
    if (current === provider) return;
    provider = current;
    unregister();
    unregister = register(instruments);
  };
  follow();
  return {
    follow,
    stop() {
      unregister();
      unregister = () => {};
    },
  };
}

/**
 * Reports a logger's work through the OpenTelemetry Metrics API, under the names of OTEP 0267: `audit.records.emitted`,
 * `.exported`, `.dropped` (with `reason`), `audit.queue.depth`, and `audit.spool.age` (seconds), `audit.spool.bytes`; with
 * reading back also `audit.records.unseen`, `.resent`, `.unproven`.
 *
 * Uses the global `MeterProvider`, which the app may register before or after it opens the logger: totals are kept here and
 * only read at collection, so earlier entries count as well.
 *
 * @example
 * const counts = createAuditMetrics({ service: 'shop', tenant: 'audit', depth: () => spool.pending, oldestMs: () => undefined });
 * counts.emitted(1);
 */
export function createAuditMetrics(options: AuditMetricsOptions): AuditMetrics {
  const labels = { 'service.name': options.service, 'audit.tenant': options.tenant };
  const totals: Totals = { emitted: 0, exported: 0, resent: 0, unproven: 0, dropped: new Map() };
  const { follow, stop } = observeInstruments([...counters(totals, labels), ...gauges(options, labels)]);

  const add = (name: Exclude<keyof Totals, 'dropped'>) => (count: number) => {
    totals[name] += count;
    follow();
  };
  return {
    emitted: add('emitted'),
    exported: add('exported'),
    resent: add('resent'),
    unproven: add('unproven'),
    dropped(count, reason) {
      totals.dropped.set(reason, (totals.dropped.get(reason) ?? 0) + count);
      follow();
    },
    stop,
  };
}
