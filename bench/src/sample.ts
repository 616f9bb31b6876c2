import type { AuditEntryInput } from '@auditrail/core';

/** An ordinary entry for measurements, different for each number. */
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
