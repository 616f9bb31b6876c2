import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The parts of a built `plugin.json` that the host acts on. */
export interface PluginManifest {
  id: string;
  name: string;
  info: { version: string; logos?: { small?: string; large?: string } };
  includes?: PluginInclude[];
  roles?: PluginRole[];
  routes?: PluginRoute[];
}

/** A page of the plugin, for the navigation. */
interface PluginInclude {
  type: string;
  name: string;
  path?: string;
  icon?: string;
  role?: string;
  action?: string;
  addToNav?: boolean;
}

/** A role and the basic roles that have it by default. */
interface PluginRole {
  role: { name?: string; permissions?: { action: string; scope?: string }[] };
  grants?: string[];
}

/** A guarded way to another server: `/api/plugin-proxy/<plugin id>/<path>`; a path may end in a slash and a star. */
export interface PluginRoute {
  path: string;
  method?: string;
  url?: string;
  reqAction?: string;
  reqRole?: string;
  headers?: { name: string; content: string }[];
}

/** The organization in which people are if they name no other one. */
export const MAIN_ORG_ID = 1;

/** A pretended user of the host. */
export interface HostUser {
  id: number;
  uid: string;
  login: string;
  email: string;
  name: string;
  role: 'Admin' | 'Viewer';
  /** Names of the plugin's roles that are assigned to this user, as Grafana Enterprise and Cloud can. */
  assigned?: readonly string[];
}

/** The users that the host offers, by the value of the cookie `host_user`. The first is the one a new visitor gets. */
export const USERS = {
  admin: { id: 1, uid: 'ada-admin', login: 'ada', email: 'ada@example.com', name: 'Ada Admin', role: 'Admin' },
  viewer: { id: 2, uid: 'vic-viewer', login: 'vic', email: 'vic@example.com', name: 'Vic Viewer', role: 'Viewer' },
  reader: {
    ...{ id: 3, uid: 'rae-reader', login: 'rae', email: 'rae@example.com', name: 'Rae Reader', role: 'Viewer' },
    assigned: ['Audit log reader'],
  },
} as const satisfies Record<string, HostUser>;

// A grant to a lower basic role reaches the higher ones as well.
const LOWER_ROLES: Record<string, string[]> = { Admin: ['Admin', 'Editor', 'Viewer'], Viewer: ['Viewer'] };

/** Whether `user` has the basic role `role` or a higher one. */
export function hasRole(user: HostUser, role: string): boolean {
  return LOWER_ROLES[user.role]?.includes(role) ?? false;
}

/**
 * The permissions of `user`: what the plugin's roles grant to the user's basic role or to the user alone, and the few of
 * Grafana's own that a page asks for.
 */
export function permissionsOf(user: HostUser, manifest: PluginManifest): Record<string, boolean> {
  const granted = (manifest.roles ?? [])
    .filter(
      ({ role, grants }) =>
        grants?.some((grant) => hasRole(user, grant)) || user.assigned?.some((name) => name === role.name),
    )
    .flatMap((role) => role.role.permissions ?? [])
    .map((permission) => permission.action);
  const own = user.role === 'Admin' ? ['plugins:write', 'datasources:read', 'datasources:explore'] : [];
  return Object.fromEntries(['plugins.app:access', ...own, ...granted].map((action) => [action, true]));
}

/**
 * Reads `plugin.json` of a built plugin.
 * @throws Error when there is no built plugin, or when it declares a route that the host cannot guard as Grafana does.
 */
export async function readManifest(pluginDir: string): Promise<PluginManifest> {
  const file = join(pluginDir, 'plugin.json');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`There is no built plugin: ${file} cannot be read. Build it: npm run build -w grafana-plugin`, {
      cause,
    });
  });
  const manifest = JSON.parse(text) as PluginManifest;
  const inexact = manifest.routes?.find(({ path }) => /[*:]/.test(path.replace(/\/\*$/, '')));
  if (inexact) {
    throw new Error(
      `${file}: the route "${inexact.path}" is a pattern; the host serves exact paths, and /* at the end.`,
    );
  }
  return manifest;
}
