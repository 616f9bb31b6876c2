import type { AuditEntry } from '@auditrail/core';

/** Placeholder for a missing value. */
export const NOTHING = '—';

/**
 * The target of an action, in one line.
 *
 * @example targetText({ type: 'user', id: '42' }) // 'User #42'
 * @example targetText({ type: 'project', id: '7', name: 'Apollo' }) // 'Project Apollo'
 */
export function targetText(target: AuditEntry['target']): string {
  if (!target) return NOTHING;
  const [first = ''] = target.type;
  // An unpaired surrogate stays unchanged.
  const type = first.toUpperCase() + target.type.slice(first.length);
  if (target.name) return `${type} ${target.name}`;
  return target.id ? `${type} #${target.id}` : type;
}
