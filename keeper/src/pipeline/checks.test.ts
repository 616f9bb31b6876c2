import { checkCollector } from './collector.ts';
import { checkSpace } from './disk.ts';
import { checkLoki } from './loki.ts';
import { parsePrometheusText } from './prometheus-text.ts';

const failing = (findings: { ok: boolean; code: string; about: string; count?: number }[]) =>
  findings.filter(({ ok }) => !ok).map(({ code, about, count }) => [code, about, ...(count ? [count] : [])]);

describe('the collector', () => {
  const metrics = (lines: string) => parsePrometheusText(lines);
  const queued = 'otelcol_exporter_queue_capacity{exporter="q"} 100\n';

  it('drops entries only if they were in a queue', () => {
    const before = metrics(`${queued}otelcol_exporter_send_failed_log_records_total{exporter="q"} 2`);
    const after = metrics(
      `${queued}otelcol_exporter_send_failed_log_records_total{exporter="q",server="a"} 5\n` +
        'otelcol_exporter_send_failed_log_records__records__total{exporter="direct"} 4\n' +
        'otelcol_receiver_refused_log_records_total{receiver="otlp"} 4',
    );
    expect(failing(checkCollector(after, before))).toEqual([
      ['COLLECTOR_DROPS', 'exporter q', 3],
      ['COLLECTOR_FAILS', 'exporter direct', 4],
    ]);
  });

  it('is checked for entries lost since it started, not for those that senders still have', () => {
    const now = metrics(
      `${queued}otelcol_exporter_enqueue_failed_log_records{exporter="q"} 1\notelcol_receiver_refused_log_records{receiver="otlp"} 4`,
    );
    expect(failing(checkCollector(now))).toEqual([['COLLECTOR_DROPS', 'exporter q, queue', 1]]);
    expect(failing(checkCollector(now, now))).toEqual([]);
  });

  it('counts from 0 after a restart', () => {
    const refused = (count: number) => metrics(`otelcol_receiver_refused_log_records{receiver="otlp"} ${count}`);
    expect(failing(checkCollector(refused(3), refused(50)))).toEqual([['COLLECTOR_REFUSES', 'receiver otlp', 3]]);
    expect(failing(checkCollector(refused(3), []))).toEqual([['COLLECTOR_REFUSES', 'receiver otlp', 3]]);
  });

  it('has a queue for the keeper, which loses nothing of Loki', () => {
    const keeper = (size: number, dropped: number, refused: number) =>
      metrics(
        `otelcol_exporter_queue_capacity{exporter="otlp_http/keeper"} 100\n` +
          `otelcol_exporter_queue_size{exporter="otlp_http/keeper"} ${size}\n` +
          `otelcol_exporter_enqueue_failed_log_records{exporter="otlp_http/keeper"} ${dropped}\n` +
          `otelcol_exporter_send_failed_log_records{exporter="otlp_http/keeper"} ${refused}`,
      );
    expect(failing(checkCollector(keeper(0, 0, 0)))).toEqual([]);
    expect(failing(checkCollector(keeper(0, 5, 3), keeper(0, 2, 2)))).toEqual([['KEEPER_MISSES', 'keeper', 4]]);
    const behind = [['KEEPER_BEHIND', 'keeper']];
    expect(failing(checkCollector(keeper(50, 0, 0)))).toEqual(behind);
    expect(failing(checkCollector(keeper(1, 0, 0), keeper(1, 0, 0)))).toEqual(behind);
  });

  it('has a queue that fills, or is stuck', () => {
    const queue = (size: number, sent: number) =>
      metrics(
        `${queued}otelcol_exporter_queue_size{exporter="q"} ${size}\notelcol_exporter_sent_log_records{exporter="q"} ${sent}`,
      );
    expect(failing(checkCollector(queue(50, 1)))).toEqual([['QUEUE_FILLS', 'exporter q']]);
    expect(failing(checkCollector(queue(49, 1), queue(40, 1)))).toEqual([['QUEUE_STUCK', 'exporter q']]);
    expect(failing(checkCollector(queue(49, 2), queue(40, 1)))).toEqual([]);
    expect(failing(checkCollector(queue(40, 1), queue(0, 1)))).toEqual([]);
  });
});

describe('Loki', () => {
  const metrics = (lines: string) => parsePrometheusText(lines);
  const discarded = (tenant: string, reason: string, count: number) =>
    `loki_discarded_samples_total{tenant="${tenant}",reason="${reason}",format="otlp"} ${count}\n`;

  it('refuses entries of tenants, for reasons', () => {
    const before = metrics(discarded('a', 'rate_limited', 5));
    const after = metrics(
      discarded('a', 'rate_limited', 5) + discarded('a', 'line_too_long', 1) + discarded('b', 'x', 2),
    );
    const findings = checkLoki(after, before);
    expect(failing(findings)).toEqual([
      ['LOKI_DISCARDS', 'a line_too_long', 1],
      ['LOKI_DISCARDS', 'b x', 2],
    ]);
    expect(findings[0]).toMatchObject({
      what: 'Loki, tenant a: 1 entry refused, since the last check: line_too_long',
      remedy: 'raise max_line_size for this tenant to 1MB (docs/doctor.md)',
    });
    expect(failing(checkLoki(before))).toEqual([['LOKI_DISCARDS', 'a rate_limited', 5]]);
  });

  it('has a disk that is full, nearly full, or fails', () => {
    const state = (full: number, used: number, failed: number) =>
      metrics(
        `loki_ingester_wal_disk_full_failures_total ${full}\nloki_ingester_wal_disk_usage_percent ${used}\n` +
          `loki_ingester_checkpoint_creations_failed_total ${failed}\nprometheus_tsdb_wal_writes_failed_total ${failed}`,
      );
    expect(failing(checkLoki(state(7, 0.79, 0)))).toEqual([]);
    expect(failing(checkLoki(state(7, 0.8, 1), state(3, 0, 0)))).toEqual([
      ['LOKI_DISK_FULL', 'Loki', 4],
      ['DISK_FILLS', "Loki's disk"],
      ['LOKI_WAL', 'Loki', 2],
    ]);
  });
});

it('checks the free space of a disk', () => {
  expect(checkSpace('/a', 20e9, 100e9)).toMatchObject({ ok: true, what: '/a: 20.0 GB of its disk is free (20 %)' });
  expect(checkSpace('/a', 9e9, 100e9).ok).toBe(false);
  expect(checkSpace('/a', 11e9, 2_000e9).ok).toBe(true);
  expect(checkSpace('/a', 0, 4e6)).toMatchObject({ ok: false, what: '/a: 0 MB of its disk is free (0 %)' });
});
