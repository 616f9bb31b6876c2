import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { MUTATING_METHODS } from '../http/unrecorded.ts';
import type { Route } from './route.ts';

const CODE = /\.[cm]?[jt]sx?$/;
const COMMENT = /\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm;

/** The files of a folder, by the segments of their path. */
function filesIn(folder: string): { path: string; segments: string[] }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && CODE.test(file.name))
    .map((file) => {
      const path = join(file.parentPath, file.name);
      return { path, segments: relative(folder, path).replace(CODE, '').split(sep) };
    });
}

// `export function POST`, `export const POST`, `export const { GET, POST }`, `export { handler as POST }`.
const exportsMethod = (code: string, method: string) => new RegExp(`\\bexport\\b[^;=(]*\\b${method}\\b`).test(code);

function appRoutes(folder: string): Route[] {
  return filesIn(folder).flatMap(({ path, segments }) => {
    const folders = segments.slice(0, -1);
    if (segments.at(-1) !== 'route' || folders.some((name) => name.startsWith('_'))) return [];
    // A group, such as `(shop)`, is not a part of the address.
    const route = `/${folders.filter((name) => !/^\(.*\)$/.test(name)).join('/')}`;
    const code = readFileSync(path, 'utf8').replace(COMMENT, '');
    return MUTATING_METHODS.filter((method) => exportsMethod(code, method)).map((method) => ({ method, route }));
  });
}

// Each file exports one function for all methods.
function pagesRoutes(folder: string): Route[] {
  return filesIn(join(folder, 'api')).map(({ segments }) => {
    const names = segments.at(-1) === 'index' ? segments.slice(0, -1) : segments;
    return { method: 'ALL', route: ['/api', ...names].join('/') };
  });
}

/**
 * The routes of a Next.js application that change something, by its files: `app/**` + `/route.ts` with an exported POST, PUT,
 * PATCH or DELETE, and `pages/api`. Server actions have no file of their own: add them by name. A method that is exported
 * with `export *` is not found.
 *
 * @param folder the application's folder, with `app` or `pages` in it or in its `src`
 * @throws TypeError if the folder has none of them
 * @example
 * writeFileSync('routes.json', JSON.stringify([...listNextRoutes('.'), { method: 'POST', route: 'createOrder' }]));
 */
export function listNextRoutes(folder: string): Route[] {
  const roots = [folder, join(folder, 'src')];
  if (!roots.some((root) => existsSync(join(root, 'app')) || existsSync(join(root, 'pages')))) {
    throw new TypeError(`listNextRoutes: ${folder} has no folder app or pages`);
  }
  const routes = roots.flatMap((root) => [...appRoutes(join(root, 'app')), ...pagesRoutes(join(root, 'pages'))]);
  return routes.sort((a, b) => (a.route < b.route ? -1 : 1));
}
