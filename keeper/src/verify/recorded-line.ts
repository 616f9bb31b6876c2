import { AuditError, canonicalJson } from '@auditrail/core';

/** The format around an entry: the name is for people. */
export type Wrapping = 'ECS' | 'OCSF' | 'JSON export' | 'log lines in JSON';

type Members = Record<string, unknown>;

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null;

function unwrap(value: Members): { line: string; wrapping: Wrapping } | undefined {
  const { event, raw_data: raw, line, schema } = value;
  if (isMembers(event) && typeof event['original'] === 'string' && schema === undefined) {
    return { line: event['original'], wrapping: 'ECS' };
  }
  if (typeof raw === 'string' && 'class_uid' in value) return { line: raw, wrapping: 'OCSF' };
  // As in the output of logcli and Grafana, and in exports for a line that is not an entry.
  if (typeof line === 'string' && schema === undefined) return { line, wrapping: 'log lines in JSON' };
  if (!('subject' in value) && !('time_stored' in value)) return undefined;
  const { subject, ...entry } = value;
  const target = subject === undefined ? {} : { target: subject };
  return { line: canonicalJson({ ...entry, ...target, time_stored: undefined }), wrapping: 'JSON export' };
}

/**
 * The recorded line in a JSON text: a member of another format, or the entry itself in another notation, which is made
 * canonical again. Any other text is the line itself.
 */
export function recordedLine(text: string): { line: string; wrapping?: Wrapping } {
  try {
    const value: unknown = JSON.parse(text);
    if (!isMembers(value)) return { line: text };
    return unwrap(value) ?? { line: canonicalJson(value) };
  } catch (error) {
    // Reported as unreadable.
    if (error instanceof SyntaxError || error instanceof AuditError) return { line: text };
    throw error;
  }
}
