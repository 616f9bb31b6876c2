import { useState } from 'react';

/**
 * The same object for as long as its content stays equal, so that what depends on it does not run again.
 *
 * @param next compared as JSON
 */
export function useStable<T>(next: T): T {
  const [kept, keep] = useState(next);
  if (kept === next || JSON.stringify(kept) === JSON.stringify(next)) return kept;
  keep(next);
  return next;
}
