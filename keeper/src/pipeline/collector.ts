import { entries, type PipelineFinding } from './finding.ts';
import { increases, readMetrics, sumBy } from './metrics.ts';
import type { Sample } from './prometheus-text.ts';

// The collector adds units and "_total" to these names, or not, depending on its configuration and version.
const named = (name: string) => new RegExp(`^otelcol_${name}(?:__?[a-z]+)*$`);
const SENT = named('exporter_sent_log_records');
const SEND_FAILED = named('exporter_send_failed_log_records');
const ENQUEUE_FAILED = named('exporter_enqueue_failed_log_records');
const REFUSED = named('receiver_(?:refused|failed)_log_records');
const QUEUE_SIZE = /^otelcol_exporter_queue_size$/;
const QUEUE_CAPACITY = /^otelcol_exporter_queue_capacity$/;

/** The exporter of collector-config/keeper.yaml: Loki has what it drops. */
const toKeeper = ({ labels }: Sample) => labels['exporter']?.endsWith('/keeper') === true;

/** A queue that is this full is a problem. */
const FULL = 0.5;

/** The collector's metrics about entries. @throws Error if it does not answer */
export async function readCollector(address: string): Promise<Sample[]> {
  const wanted = /^otelcol_(?:exporter|receiver|process_uptime)/;
  const samples = await readMetrics(address, wanted, 'otelcol_process_uptime');
  // Exporters of traces have queues, too.
  return samples.filter(({ labels }) => (labels['data_type'] ?? 'logs') === 'logs');
}

const since = (before: unknown) => (before ? 'since the last check' : 'since it started');

function failures(now: readonly Sample[], before: readonly Sample[] | undefined): PipelineFinding[] {
  const queued = sumBy(now, QUEUE_CAPACITY, ['exporter']);
  const findings: PipelineFinding[] = [];
  for (const { labels, value } of increases(now, before, SEND_FAILED, ['exporter'])) {
    const { exporter = '' } = labels;
    const about = `exporter ${exporter}`;
    if (queued.has(JSON.stringify([exporter]))) {
      findings.push({
        ...{ ok: false, code: 'COLLECTOR_DROPS', about, count: value, event: true, fromStart: !before },
        what: `collector, ${about}: ${entries(value)} dropped after they were accepted, ${since(before)}`,
        remedy: 'these entries are lost; the collector\'s log has the reason ("Exporting failed. Dropping data")',
      });
    } else {
      // Nothing is lost: the sender received the failure. Only current failures are a problem.
      findings.push({
        ...{ ok: !before, code: 'COLLECTOR_FAILS', about, count: value, event: true, fromStart: !before },
        what: `collector, ${about}: ${entries(value)} refused by the next hop and returned to their senders, ${since(before)}`,
        remedy: "the senders keep and retry them; see the collector's and the senders' logs for the reason",
      });
    }
  }
  for (const { labels, value } of increases(now, before, ENQUEUE_FAILED, ['exporter'])) {
    const about = `exporter ${labels['exporter'] ?? ''}`;
    findings.push({
      ...{
        ok: false,
        code: 'COLLECTOR_DROPS',
        about: `${about}, queue`,
        count: value,
        event: true,
        fromStart: !before,
      },
      what: `collector, ${about}: ${entries(value)} could not be put into the queue, ${since(before)}`,
      remedy: "entries of senders without a spool are lost: check the queue's disk, then the collector's log",
    });
  }
  // An exporter without a queue passes failures on to the receiver: the cause is reported once.
  if (findings.some(({ code }) => code === 'COLLECTOR_FAILS')) return findings;
  for (const { labels, value } of increases(now, before, REFUSED, ['receiver'])) {
    const about = `receiver ${labels['receiver'] ?? ''}`;
    findings.push({
      ...{ ok: !before, code: 'COLLECTOR_REFUSES', about, count: value, event: true, fromStart: !before },
      what: `collector, ${about}: ${entries(value)} refused, ${since(before)}`,
      remedy: "senders with a spool keep and retry them; see the collector's log for the reason",
    });
  }
  return findings;
}

function queues(now: readonly Sample[], before: readonly Sample[] | undefined): PipelineFinding[] {
  const sizes = sumBy(now, QUEUE_SIZE, ['exporter']);
  const sent = increases(now, before, SENT, ['exporter']);
  return [...sumBy(now, QUEUE_CAPACITY, ['exporter'])].flatMap(([key, { labels, value: capacity }]) => {
    const size = sizes.get(key)?.value ?? 0;
    const { exporter = '' } = labels;
    const about = `exporter ${exporter}`;
    const percent = Math.round((100 * size) / capacity);
    const findings: PipelineFinding[] = [];
    const full = size >= FULL * capacity;
    findings.push({
      ...{ ok: !full, code: 'QUEUE_FILLS', about },
      what: `collector, ${about}: the queue is ${percent} % full`,
      ...(full && {
        remedy: 'check that Loki is reachable and accepts entries; if the queue is full, senders have to wait',
      }),
    });
    const waited = before && (sumBy(before, QUEUE_SIZE, ['exporter']).get(key)?.value ?? 0) > 0;
    if (size > 0 && waited && !sent.some(({ labels }) => labels['exporter'] === exporter)) {
      findings.push({
        ...{ ok: false, code: 'QUEUE_STUCK', about },
        what: `collector, ${about}: entries wait in the queue, and none was sent since the last check`,
        remedy: "check that Loki is reachable and accepts entries; see the collector's log for its answer",
      });
    }
    return findings;
  });
}

function keeperFindings(now: readonly Sample[], before: readonly Sample[] | undefined): PipelineFinding[] {
  const missed = [SEND_FAILED, ENQUEUE_FAILED].flatMap((counter) => increases(now, before, counter, ['exporter']));
  const count = missed.reduce((sum, { value }) => sum + value, 0);
  const misses: PipelineFinding = {
    ...{ ok: false, code: 'KEEPER_MISSES', about: 'keeper', count, event: true, fromStart: !before },
    what: `collector: ${entries(count)} not passed on to the keeper, ${since(before)}`,
    remedy:
      "check that the keeper runs and has disk space, and the collector's log; the keeper adds the entries from Loki by itself",
  };
  const waiting = queues(now, before).map(({ ok, what }): PipelineFinding => {
    const remedy =
      'check that the keeper runs; when the queue is full, the collector drops entries for the keeper only';
    return { ok, code: 'KEEPER_BEHIND', about: 'keeper', what, ...(!ok && { remedy }) };
  });
  return [...(count > 0 ? [misses] : []), ...waiting];
}

/** Checks the collector's counters since an earlier check, or since it started. */
export function checkCollector(now: readonly Sample[], before?: readonly Sample[]): PipelineFinding[] {
  const others = (samples: readonly Sample[]) => samples.filter((sample) => !toKeeper(sample));
  const [rest, restBefore] = [others(now), before && others(before)];
  return [
    ...failures(rest, restBefore),
    ...queues(rest, restBefore),
    ...keeperFindings(now.filter(toKeeper), before?.filter(toKeeper)),
  ];
}
