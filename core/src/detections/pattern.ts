import type { Filter, FilterField } from '../query/filters.ts';

/** A value that groups entries: one of their fields, or the actor by e-mail address, else id, name or type. */
export type Key = 'actor' | FilterField;

/** The fields of the actor, in the order of precedence: as in the LogQL template of the actor's label. */
export const ACTOR_FIELDS = ['email', 'actorId', 'actorName', 'actorType'] as const satisfies FilterField[];

/** A condition of a pattern: compared as text, and e-mail addresses in lower case. */
export interface Condition extends Filter {
  operator: 'is any of' | 'is not any of';
}

/** Entries that meet all conditions. */
export interface Selection {
  filters: readonly Condition[];
  /** Only entries with a value in these fields. */
  present?: readonly FilterField[];
  /** Only entries without a value in these fields. */
  absent?: readonly FilterField[];
  /** Only entries whose target is their actor. */
  self?: true;
}

/** Successes that show that a group is harmless. */
export interface Exception {
  successes: Selection;
  /** Values are compared of this key; it is that of `values` or `of`, if the pattern has one. */
  of: Key;
  /** Different values among the entries must be more than this many times those among the successes. */
  moreThan: number;
}

interface Grouped {
  select: Selection;
  /** Entries with the same values are one group; each group has an alert of its own. */
  by: readonly Key[];
  minutes: number;
  except?: Exception;
}

/** A number of entries in a window. */
export interface CountPattern extends Grouped {
  kind: 'count';
  atLeast: number;
  /** Different values that the entries must also have; with `each`, only values of at most so many entries count. */
  values?: { of: Key; atLeast: number; each?: number };
  /** A higher number of other entries that is also enough. */
  or?: { select: Selection; atLeast: number };
}

/** A number of different values in a window. */
export interface DistinctPattern extends Grouped {
  kind: 'distinct';
  of: Key;
  atLeast: number;
  /** The entries that are also required. */
  entries?: number;
}

/** One condition for the entries before the last of a sequence. */
export interface Way {
  /** The keys of an alert: those of the last entry. */
  by: readonly Key[];
  /** The keys that all entries of the sequence have and share. */
  same: readonly Key[];
  /** The number of entries before the last one, or of their different values. */
  atLeast: number;
  of?: Key;
  /**
   * The last entry must only follow this share of the entries in the window, all of which count for `atLeast`. Otherwise, the
   * entries before it count.
   */
  share?: number;
  /** At least so many entries for each last one. */
  perLast?: number;
  /** More than so many times as many different values of `of` as among the last entries. */
  moreThan?: number;
}

/** Entries, and another one after them in the same window. */
export interface SequencePattern {
  kind: 'sequence';
  first: Selection;
  last: Selection;
  minutes: number;
  /** How long an alert fires after the last entry. Default: `minutes`. */
  lastMinutes?: number;
  /** Any of these is enough. An earlier one has precedence; the keys of the last one are in all of them. */
  ways: readonly [Way, ...Way[]];
}

/** No entries in a window, by those who had some in the same window a while ago. */
export interface SilencePattern {
  kind: 'silence';
  select: Selection;
  by: readonly Key[];
  minutes: number;
  /** How long ago, and how many entries there must have been. */
  hoursAgo: number;
  atLeast: number;
}

/** A condition that LogQL (`patternQuery`) and TypeScript (`evaluate`) can both check. */
export type Pattern = CountPattern | DistinctPattern | SequencePattern | SilencePattern;

/** A selection of the entries that have the keys of a way, for its group. */
export function havingKeys(selection: Selection, keys: readonly Key[]): Selection {
  const present = [...(selection.present ?? []), ...keys.filter((key) => key !== 'actor')];
  return { ...selection, present: [...new Set(present)] };
}

/** The entries that an alert of the pattern is about. */
export function alertEntries(pattern: Pattern): Selection {
  if (pattern.kind === 'sequence') return pattern.last;
  return (pattern.kind === 'count' && pattern.or?.select) || pattern.select;
}
