/** Template text in the syntax of the rule's engine. */
export interface Inserts {
  value: string;
  label: (name: string) => string;
  /** A label that some alerts of the rule lack, with text before it. */
  optional: (name: string, before: string) => string;
  /** A label encoded for a URL; empty if the alert lacks it. */
  urlLabel: (name: string) => string;
}
