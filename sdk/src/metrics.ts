import { metrics, type MeterProvider, type ObservableCounter, type ObservableResult } from '@opentelemetry/api';

/** Where logger and sender count. */
export interface AuditMetrics {
  /** Entries were recorded: they are on disk. */
  emitted(count: number): void;
  /** Entries were accepted by the collector. */
  exported(count: number): void;
  /** Entries will not reach Loki: dead letters, and `record()` calls that were rejected (reason: the error's code). */
  dropped(count: number, reason: string): void;
  /** Entries that were accepted and not found in Loki afterwards were sent again. */
  resent(count: number): void;
  /** Entries were accepted and left the spool without having been seen in Loki. */
  unproven(count: number): void;
  /** Takes the instruments back. */
  stop(): void;
}

export interface AuditMetricsOptions {
  service: string;
  tenant: string;
  /** Entries in the spool. */
  depth: () => number;
  /** When the oldest entry in the spool was made, in milliseconds since 1970; `undefined` where there is none. */
  oldestMs: () => number | undefined;
  /** Undelivered bytes in the spool. */
  bytes?: (() => number) | undefined;
  /** Entries that were accepted and not seen in Loki since. */
  unseen?: (() => number) | undefined;
}

/**
 * What a logger does, through the Metrics API of OpenTelemetry under the names of OTEP 0267: `audit.records.emitted`,
 * `.exported`, `.dropped` (with `reason`), `audit.queue.depth`, and `audit.spool.age` (seconds), `audit.spool.bytes`; of
 * reading back `audit.records.unseen`, `.resent`, `.unproven`.
 *
 * They go to the global `MeterProvider`; an app may register it before or after it opens the logger: the totals are kept here
 * and only read at collection, so what happened before counts too. Without one, counting costs an addition.
 *
 * @example
 * const counts = createAuditMetrics({ service: 'shop', tenant: 'audit', depth: () => spool.pending, oldestMs: () => undefined });
 * counts.emitted(1);
 */
export function createAuditMetrics({
  service,
  tenant,
  depth,
  oldestMs,
  bytes,
  unseen,
}: AuditMetricsOptions): AuditMetrics {
  const labels = { 'service.name': service, 'audit.tenant': tenant };
  let emitted = 0;
  let exported = 0;
  let resent = 0;
  let unproven = 0;
  const dropped = new Map<string, number>();
  let provider: MeterProvider | undefined;
  let withdraw = () => {};

  const register = (): void => {
    withdraw();
    const meter = metrics.getMeter('@auditrail/sdk');
    const undo: (() => void)[] = [];
    const observe = (instrument: ObservableCounter, callback: (result: ObservableResult) => void) => {
      instrument.addCallback(callback);
      undo.push(() => instrument.removeCallback(callback));
    };
    observe(
      meter.createObservableCounter('audit.records.emitted', { unit: '{record}', description: 'Entries put on disk' }),
      (result) => result.observe(emitted, labels),
    );
    observe(
      meter.createObservableCounter('audit.records.exported', {
        unit: '{record}',
        description: 'Entries accepted by the collector',
      }),
      (result) => result.observe(exported, labels),
    );
    observe(
      meter.createObservableCounter('audit.records.dropped', {
        unit: '{record}',
        description: 'Entries that will not be delivered: refused by record(), or laid aside as dead letters',
      }),
      (result) => {
        for (const [reason, count] of dropped) result.observe(count, { ...labels, reason });
      },
    );
    observe(
      meter.createObservableCounter('audit.records.resent', {
        unit: '{record}',
        description: 'Entries that were accepted, not found in Loki afterwards, and sent again',
      }),
      (result) => result.observe(resent, labels),
    );
    observe(
      meter.createObservableCounter('audit.records.unproven', {
        unit: '{record}',
        description: 'Entries that were accepted and left the spool without having been seen in Loki',
      }),
      (result) => result.observe(unproven, labels),
    );
    if (unseen) {
      observe(
        meter.createObservableUpDownCounter('audit.records.unseen', {
          unit: '{record}',
          description: 'Entries that were accepted and not seen in Loki since',
        }),
        (result) => result.observe(unseen(), labels),
      );
    }
    observe(
      meter.createObservableUpDownCounter('audit.queue.depth', {
        unit: '{record}',
        description: 'Entries on disk that wait for the collector',
      }),
      (result) => result.observe(depth(), labels),
    );
    observe(
      meter.createObservableGauge('audit.spool.age', { unit: 's', description: 'Age of the oldest entry that waits' }),
      (result) => {
        const oldest = oldestMs();
        result.observe(oldest === undefined ? 0 : Math.max(0, (Date.now() - oldest) / 1_000), labels);
      },
    );
    if (bytes) {
      observe(
        meter.createObservableUpDownCounter('audit.spool.bytes', {
          unit: 'By',
          description: 'Bytes that wait on disk',
        }),
        (result) => result.observe(bytes(), labels),
      );
    }
    withdraw = () => undo.forEach((step) => step());
  };

  // The API has no proxy for metrics: instruments made before the app registers its provider would stay empty for ever.
  const follow = (): void => {
    const current = metrics.getMeterProvider();
    if (current === provider) return;
    provider = current;
    register();
  };
  follow();

  return {
    emitted(count) {
      emitted += count;
      follow();
    },
    exported(count) {
      exported += count;
      follow();
    },
    dropped(count, reason) {
      dropped.set(reason, (dropped.get(reason) ?? 0) + count);
      follow();
    },
    resent(count) {
      resent += count;
      follow();
    },
    unproven(count) {
      unproven += count;
      follow();
    },
    stop() {
      withdraw();
      withdraw = () => {};
    },
  };
}
