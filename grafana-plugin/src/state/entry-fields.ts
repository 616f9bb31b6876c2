import type { TrailLine } from '@auditrail/core/loki';
import { isFilterField, type FilterField } from '@auditrail/core/query';

const ENTRIES = 500;
const FIELDS = 60;
const DEPTH = 4;

function addPaths(paths: Set<string>, path: string, value: unknown, depth = 0): void {
  // The SDK's own notes begin with $.
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    if (isFilterField(path)) paths.add(path);
    return;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth === DEPTH) return;
  for (const [name, member] of Object.entries(value)) addPaths(paths, `${path}.${name}`, member, depth + 1);
}

/**
 * The fields to filter by that only these entries have: names in `scope`, then members of `properties`, in alphabetical
 * order. Looks at the first 500 entries.
 *
 * @example entryFields(lines) // ['scope.region', 'properties.cart.total']
 */
export function entryFields(lines: readonly TrailLine[]): FilterField[] {
  const [scopes, properties] = [new Set<string>(), new Set<string>()];
  for (const { entry } of lines.slice(0, ENTRIES)) {
    addPaths(scopes, 'scope', entry?.scope);
    addPaths(properties, 'properties', entry?.properties);
  }
  return [...[...scopes].sort(), ...[...properties].sort()].slice(0, FIELDS).filter(isFilterField);
}
