import type { AuditEntryInput } from '@auditrail/core';

/** The entry that is measured: an ordinary one, different with every number. */
export function sampleEntry(n: number): AuditEntryInput {
  return {
    action: 'order.updated',
    description: `Ada Lovelace changed order ${n}`,
    actor: { type: 'user', id: '42', name: 'Ada Lovelace', email: 'ada@example.com' },
    source: { ip: '10.2.3.4' },
    target: { type: 'order', id: String(n) },
    outcome: 'success',
  };
}
