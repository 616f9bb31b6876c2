import type { AuditEntry } from '@auditrail/core';

/** What stands where an entry has nothing to show. */
export const NOTHING = '—';

/**
 * What was acted on, in one line.
 *
 * @example targetText({ type: 'user', id: '42' }) // 'User #42'
 * @example targetText({ type: 'project', id: '7', name: 'Apollo' }) // 'Project Apollo'
 */
export function targetText(target: AuditEntry['target']): string {
  if (!target) return NOTHING;
  const [first = ''] = target.type;
  // A code point that is half a pair stays as it is.
  const type = first.toUpperCase() + target.type.slice(first.length);
  if (target.name) return `${type} ${target.name}`;
  return target.id ? `${type} #${target.id}` : type;
}
