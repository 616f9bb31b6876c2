import { AuditError, canonicalJson } from '@auditrail/core';

/** What wraps an entry: the name is for people. */
export type Wrapping = 'ECS' | 'OCSF' | 'JSON export' | 'log lines in JSON';

type Members = Record<string, unknown>;

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null;

function unwrap(value: Members): { line: string; wrapping: Wrapping } | undefined {
  const { event, raw_data: raw, line, schema } = value;
  if (isMembers(event) && typeof event['original'] === 'string' && schema === undefined) {
    return { line: event['original'], wrapping: 'ECS' };
  }
  if (typeof raw === 'string' && 'class_uid' in value) return { line: raw, wrapping: 'OCSF' };
  // As logcli and Grafana write them, and exports a line that is not an entry.
  if (typeof line === 'string' && schema === undefined) return { line, wrapping: 'log lines in JSON' };
  if (!('subject' in value) && !('time_stored' in value)) return undefined;
  const { subject, ...entry } = value;
  const target = subject === undefined ? {} : { target: subject };
  return { line: canonicalJson({ ...entry, ...target, time_stored: undefined }), wrapping: 'JSON export' };
}

/**
 * The line that was recorded, from a JSON text that holds it: as a member of another format, or as the entry itself in
 * another notation, which its canonical form undoes. A text that holds none is the line itself.
 */
export function recordedLine(text: string): { line: string; wrapping?: Wrapping } {
  try {
    const value: unknown = JSON.parse(text);
    if (!isMembers(value)) return { line: text };
    return unwrap(value) ?? { line: canonicalJson(value) };
  } catch (error) {
    // It is reported as unreadable then.
    if (error instanceof SyntaxError || error instanceof AuditError) return { line: text };
    throw error;
  }
}
