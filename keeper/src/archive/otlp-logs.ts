import { hash } from 'node:crypto';
import { ATTRIBUTES, otlpAttributes, SERVICE_NAME, toAttributes, type AuditEntry } from '@auditrail/core';
import { entryOf } from '../export/entry-of.ts';
import type { ArchivedLine } from './read-day.ts';

// As the SDK states it; for a chain with a key, only its owner can.
const integrityOf = ({ chain }: AuditEntry, line: string): Record<string, string> =>
  chain?.keyId === undefined
    ? {
        [ATTRIBUTES.integrityValue]: hash('sha256', line),
        [ATTRIBUTES.integrityAlgorithm]: 'sha256',
        [ATTRIBUTES.integrityCanonicalization]: 'RFC8785',
      }
    : {};

function recordOf({ ns, line, channel, outcome }: ArchivedLine, entry: AuditEntry | undefined): object {
  const time = { timeUnixNano: String(ns), observedTimeUnixNano: String(ns), body: { stringValue: line } };
  if (!entry) {
    // The labels, so that a page shows it. Of audit.action, the collector would make another line.
    const labels = {
      ...(channel !== null && { [ATTRIBUTES.channel]: channel }),
      ...(outcome !== null && { [ATTRIBUTES.outcome]: outcome }),
    };
    return { ...time, attributes: otlpAttributes(labels) };
  }
  const attributes = otlpAttributes({ ...toAttributes(entry), ...integrityOf(entry, line) });
  return { ...time, eventName: entry.action, ...entry.trace, attributes };
}

/** Archived lines as an OTLP/JSON request: with their own times, and with the attributes that the SDK gives them. */
export function archivedLogs(lines: readonly ArchivedLine[]): string {
  const services = new Map<string, object[]>();
  for (const archived of lines) {
    const entry = entryOf(archived.line);
    const service = archived.service ?? entry?.service ?? 'unknown_service';
    let records = services.get(service);
    if (!records) services.set(service, (records = []));
    records.push(recordOf(archived, entry));
  }
  const resourceLogs = Array.from(services, ([service, logRecords]) => ({
    resource: { attributes: otlpAttributes({ [SERVICE_NAME]: service }) },
    scopeLogs: [{ scope: { name: 'auditrail-restore' }, logRecords }],
  }));
  return JSON.stringify({ resourceLogs });
}
