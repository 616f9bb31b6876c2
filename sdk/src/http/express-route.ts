/** What Express adds to a request, as far as the route goes. */
interface Routed {
  baseUrl?: string;
  params?: Record<string, string | string[]>;
  route?: { path: unknown };
}

const SEEN = new WeakMap<object, Map<string, string>>();

/**
 * Notes the parameters of a request as Express finds them: inside of a mounted router those of the mount (`/users/:id`)
 * are gone, while their values still stand in `baseUrl`.
 */
export function watchParams(request: object): void {
  if (SEEN.has(request)) return;
  const seen = new Map<string, string>();
  SEEN.set(request, seen);
  const note = (params: Routed['params']) => {
    for (const [name, value] of Object.entries(params ?? {})) for (const part of [value].flat()) seen.set(part, name);
  };
  let { params } = request as Routed;
  note(params);
  Object.defineProperty(request, 'params', {
    configurable: true,
    enumerable: true,
    get: () => params,
    set: (value: Routed['params']) => {
      params = value;
      note(value);
    },
  });
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return segment;
    throw error;
  }
}

/** The pattern of the route that handles a request, `/users/:id/orders`, never the URL; `undefined` where there is none (yet). */
export function expressRoute(request: object): string | undefined {
  const { baseUrl = '', route } = request as Routed;
  if (!route) return undefined;
  const seen = SEEN.get(request);
  const mount = baseUrl.split('/').map((segment) => {
    const name = segment === '' ? undefined : seen?.get(decoded(segment));
    return name === undefined ? segment : `:${name}`;
  });
  const prefix = mount.join('/');
  const path = [route.path].flat().map(String).join('|');
  return path === '/' && prefix ? prefix : prefix + path;
}
