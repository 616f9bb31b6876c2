import type { BadgeColor } from '@grafana/ui';

const COLORS: Record<string, BadgeColor> = { created: 'green', updated: 'blue', deleted: 'red' };

/** The color of an event's badge: created green, updated blue, deleted red, others grey. */
export function eventColor(event: string): BadgeColor {
  return (Object.hasOwn(COLORS, event) && COLORS[event]) || 'darkgrey';
}
