import type { ComponentType } from 'react';
import type { AppPlugin, PluginExtensionAddedLinkConfig } from '@grafana/data';
import { config, hasPermission, locationService } from '@grafana/runtime';
import { PATHS, PERMISSIONS } from './constants.ts';

/**
 * Links from other parts of Grafana to the page. Grafana loads this file when it starts, so it does not import the page. A test
 * checks that the names of the parameters are those of state/view.ts.
 */

// Grafana accepts only links that begin with the app's path and a slash.
const PAGE = `${PATHS.page}/`;

/** The context that Grafana passes to an extension. Everything is optional. */
interface Context {
  timeRange?: { from?: unknown; to?: unknown };
  targets?: unknown;
}

// The queries of Tempo, Jaeger, and Zipkin for one trace.
const TRACE_ID = /^\s*([0-9a-f]{32})\s*$/i;

function traceIdOf(targets: unknown): string | undefined {
  if (!Array.isArray(targets)) return undefined;
  for (const target of targets as unknown[]) {
    if (typeof target !== 'object' || target === null || !('query' in target)) continue;
    const id = typeof target.query === 'string' ? TRACE_ID.exec(target.query)?.[1] : undefined;
    if (id) return id.toLowerCase();
  }
  return undefined;
}

// A time is one of Grafana's relative times, or a moment.js object.
function boundOf(time: unknown): string | undefined {
  if (typeof time === 'string') return time;
  if (typeof time !== 'object' || time === null || !('toISOString' in time)) return undefined;
  const { toISOString } = time;
  return typeof toISOString === 'function' ? String(toISOString.call(time)) : undefined;
}

/**
 * The page's address for a context of Grafana: its time range and, if it has one, its trace.
 *
 * @example pathFor({ timeRange: { from: 'now-1h', to: 'now' } }) // '/a/auditrail-auditlog-app/?from=now-1h&to=now'
 */
export function pathFor({ timeRange, targets }: Context = {}, more: Record<string, string> = {}): string {
  const from = boundOf(timeRange?.from);
  const to = boundOf(timeRange?.to);
  const traceId = traceIdOf(targets);
  const params = new URLSearchParams({
    ...(from && to && { from, to }),
    ...(traceId && { traceId }),
    ...more,
  });
  return params.size > 0 ? `${PAGE}?${params}` : PAGE;
}

/** Hides a link from users without the permission to read. */
const shown = <T>(link: () => T): T | undefined => (hasPermission(PERMISSIONS.readEntries) ? link() : undefined);

/** The time range of the user's own entries. */
export const OWN_RANGE = { from: 'now-7d', to: 'now' };

/**
 * The links that plugin.json declares, with the same titles, descriptions, and targets. Those of the command palette use
 * `onClick`, because Grafana 12.2 ignores a path there.
 */
export const LINKS: Array<PluginExtensionAddedLinkConfig<Context>> = [
  {
    title: 'Audit log for this range',
    description: 'Audit log entries in the time range of Explore, and in its trace',
    targets: ['grafana/explore/toolbar/action'],
    icon: 'shield',
    path: PAGE,
    configure: (context) => shown(() => ({ path: pathFor(context) })),
  },
  {
    title: 'Audit log for this range',
    description: 'Audit log entries in the time range of this panel',
    targets: ['grafana/dashboard/panel/menu'],
    icon: 'shield',
    path: PAGE,
    configure: (context) => shown(() => ({ path: pathFor(context) })),
  },
  {
    title: 'Audit log for today',
    description: 'Who did what today, when, from where, and with what result',
    targets: ['grafana/commandpalette/action'],
    icon: 'shield',
    onClick: () => locationService.push(PAGE),
    configure: () => shown(() => ({})),
  },
  {
    title: 'My audit log entries',
    description: 'Your audit log entries of the last 7 days',
    targets: ['grafana/commandpalette/action'],
    icon: 'user',
    onClick: () => locationService.push(pathFor({ timeRange: OWN_RANGE }, { user: config.bootData.user.email })),
    configure: () => shown(() => (config.bootData.user.email ? {} : undefined)),
  },
];

/** Adds the links to the app. */
export function addLinks(plugin: AppPlugin): AppPlugin {
  for (const link of LINKS) plugin.addLink(link);
  return plugin;
}

/** The tab of the user profile that plugin.json declares. */
export const PROFILE_TAB = {
  title: 'Audit entries',
  description: 'Your audit log entries of the last 7 days',
  targets: ['grafana/user/profile/tab'],
};

/** Adds the tab for users with the permission to read. Grafana shows an added component to everyone. */
export function addProfileTab(plugin: AppPlugin, component: ComponentType): AppPlugin {
  return hasPermission(PERMISSIONS.readEntries) ? plugin.addComponent({ ...PROFILE_TAB, component }) : plugin;
}
