import { readsOf, requiredSelections, type Rule } from '@auditrail/core/detections';
import type { ValuesSoFar } from '@auditrail/core/loki';
import type { FilterField } from '@auditrail/core/query';

/** The fields that show whether a trail has the entries of a rule. */
export const SEEN_FIELDS = ['action', 'event', 'errorCode', 'actorType'] as const satisfies FilterField[];
type SeenField = (typeof SEEN_FIELDS)[number];

/** The values of these fields in the last 30 days; a field that was not read yet is missing. */
export type Seen = Partial<Record<SeenField, Pick<ValuesSoFar, 'values' | 'cut'>>>;

/**
 * Whether a rule can fire in this trail. `absent`: the trail has no entries with the values that the rule needs. `keeper`: only
 * the keeper can find it, and no keeper is connected.
 */
export type Coverage =
  { state: 'unknown' | 'ready' | 'keeper' } | { state: 'absent'; field?: SeenField; values: readonly string[] };

// The app and the keeper write these themselves.
const OWN = /^(?:audit|security)\./;

const isSeenField = (field: FilterField): field is SeenField => (SEEN_FIELDS as readonly FilterField[]).includes(field);

/** @param canFire the keeper's answer, which knows the actions of its settings */
export function coverageOf({ pattern, analysis }: Rule, seen: Seen, hasKeeper: boolean, canFire?: boolean): Coverage {
  if (analysis !== undefined) return { state: hasKeeper ? 'ready' : 'keeper' };
  const isOwn = requiredSelections(pattern).every(({ filters }) =>
    filters.some(({ field, values }) => field === 'action' && values.every((value) => OWN.test(value))),
  );
  if (isOwn || canFire) return { state: 'ready' };
  const found = seenCoverage(pattern, seen);
  return canFire === false && found.state !== 'absent' ? { state: 'absent', values: [] } : found;
}

function seenCoverage(pattern: Rule['pattern'], seen: Seen): Coverage {
  let isKnown = true;
  for (const { filters } of requiredSelections(pattern)) {
    for (const { field, operator, values } of filters) {
      if (!isSeenField(field) || operator !== 'is any of') continue;
      const known = seen[field];
      if (known?.values.some(({ value }) => values.includes(value))) continue;
      // Rare values may be missing from a list that was cut.
      if (known && !known.cut) return { state: 'absent', field, values };
      isKnown = false;
    }
  }
  return { state: isKnown ? 'ready' : 'unknown' };
}

/** The number of entries that a rule reads, at most; `undefined` if it is not known. */
export function entriesToRead({ pattern }: Rule, seen: Seen): number | undefined {
  const counts = (readsOf(pattern).filters ?? []).flatMap(({ field, values }) => {
    const known = isSeenField(field) ? seen[field] : undefined;
    if (!known || known.cut) return [];
    return known.values.reduce((sum, { value, count }) => sum + (values.includes(value) ? count : 0), 0);
  });
  return counts.length > 0 ? Math.min(...counts) : undefined;
}
