import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The parts of a built `plugin.json` that the host uses. */
export interface PluginManifest {
  id: string;
  name: string;
  info: { version: string; logos?: { small?: string; large?: string } };
  includes?: PluginInclude[];
  roles?: PluginRole[];
  routes?: PluginRoute[];
}

/** A page of the plugin in the navigation. */
interface PluginInclude {
  type: string;
  name: string;
  path?: string;
  icon?: string;
  role?: string;
  action?: string;
  addToNav?: boolean;
}

/** A role, and the basic roles that get it by default. */
interface PluginRole {
  role: { name?: string; permissions?: { action: string; scope?: string }[] };
  grants?: string[];
}

/** A guarded route to another server, `/api/plugin-proxy/<plugin id>/<path>`. The path may end with `/*`. */
export interface PluginRoute {
  path: string;
  method?: string;
  url?: string;
  reqAction?: string;
  reqRole?: string;
  headers?: { name: string; content: string }[];
}

/** The default organization. */
export const MAIN_ORG_ID = 1;

/** An example user of the host. */
export interface HostUser {
  id: number;
  uid: string;
  login: string;
  email: string;
  name: string;
  role: 'Admin' | 'Viewer';
  /** Names of the plugin's roles that are assigned to this user, as in Grafana Enterprise and Cloud. */
  assigned?: readonly string[];
}

/** The host's users, selected by the cookie `host_user`. The first is the default. */
export const USERS = {
  admin: { id: 1, uid: 'ada-admin', login: 'ada', email: 'ada@example.com', name: 'Ada Admin', role: 'Admin' },
  viewer: { id: 2, uid: 'vic-viewer', login: 'vic', email: 'vic@example.com', name: 'Vic Viewer', role: 'Viewer' },
  reader: {
    ...{ id: 3, uid: 'rae-reader', login: 'rae', email: 'rae@example.com', name: 'Rae Reader', role: 'Viewer' },
    assigned: ['Audit log reader'],
  },
} as const satisfies Record<string, HostUser>;

// Higher basic roles include the grants of lower ones.
const INCLUDED_ROLES: Record<string, string[]> = { Admin: ['Admin', 'Editor', 'Viewer'], Viewer: ['Viewer'] };

/** Whether `user` has the basic role `role` or a higher one. */
export function hasRole(user: HostUser, role: string): boolean {
  return INCLUDED_ROLES[user.role]?.includes(role) ?? false;
}

/**
 * The permissions of `user`: those of the plugin's roles that the user or the user's basic role has, and the few permissions
 * of Grafana that the plugin's pages check.
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
 *
 * @throws Error if the plugin is not built, or has a route that the host cannot guard as Grafana does
 */
export async function readManifest(pluginDir: string): Promise<PluginManifest> {
  const file = join(pluginDir, 'plugin.json');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`The plugin is not built: cannot read ${file}. Run: npm run build -w grafana-plugin`, {
      cause,
    });
  });
  const manifest = JSON.parse(text) as PluginManifest;
  const pattern = manifest.routes?.find(({ path }) => /[*:]/.test(path.replace(/\/\*$/, '')));
  if (pattern) {
    throw new Error(
      `${file}: the route "${pattern.path}" is a pattern; the host supports only exact paths and paths that end with /*`,
    );
  }
  return manifest;
}
