import type { BadgeColor } from '@grafana/ui';

const COLORS: Record<string, BadgeColor> = { created: 'green', updated: 'blue', deleted: 'red' };

/** Colour of an event's badge: created emerald, updated sky, deleted rose, any other slate. */
export function eventColor(event: string): BadgeColor {
  return (Object.hasOwn(COLORS, event) && COLORS[event]) || 'darkgrey';
}
