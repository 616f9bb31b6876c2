import type { Key } from './pattern.ts';

/** How a text of an alert inserts values: as templates of an alerting engine, or directly. */
export interface Inserts {
  value: string;
  key: (key: Key) => string;
  /** A key that some alerts of the rule lack, with text before it. */
  optional: (key: Key, before: string) => string;
}
