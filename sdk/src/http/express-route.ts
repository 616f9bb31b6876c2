import { decodeSegment } from './decode-segment.ts';

/** The properties of an Express request that describe its route. */
interface Routed {
  baseUrl?: string;
  params?: Record<string, string | string[]>;
  route?: { path: unknown };
}

const SEEN = new WeakMap<object, Map<string, string>>();

/**
 * Remembers the parameters of a request as Express sets them. Inside a router that is mounted at `/users/:id`, `params` no
 * longer has `id`, but `baseUrl` still contains its value.
 */
export function watchParams(request: object): void {
  if (SEEN.has(request)) return;
  const seen = new Map<string, string>();
  SEEN.set(request, seen);
  const remember = (params: Routed['params']) => {
    for (const [name, value] of Object.entries(params ?? {})) for (const part of [value].flat()) seen.set(part, name);
  };
  let { params } = request as Routed;
  remember(params);
  Object.defineProperty(request, 'params', {
    configurable: true,
    enumerable: true,
    get: () => params,
    set: (value: Routed['params']) => {
      params = value;
      remember(value);
    },
  });
}

/** The pattern of the request's route, such as `/users/:id/orders`, never its URL; `undefined` until a route matches. */
export function expressRoute(request: object): string | undefined {
  const { baseUrl = '', route } = request as Routed;
  if (!route) return undefined;
  const seen = SEEN.get(request);
  const mount = baseUrl.split('/').map((segment) => {
    const name = segment === '' ? undefined : seen?.get(decodeSegment(segment));
    return name === undefined ? segment : `:${name}`;
  });
  const prefix = mount.join('/');
  const path = [route.path].flat().map(String).join('|');
  return path === '/' && prefix ? prefix : prefix + path;
}
