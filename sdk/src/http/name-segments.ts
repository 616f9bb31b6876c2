import { decodeSegment } from './decode-segment.ts';

/** The parameters of a route, in the order of its pattern; a rest such as `*path` has a list. */
export type RouteParams = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Replaces the values of parameters in a path by their names, for routes whose pattern is not known. A fixed segment that
 * equals a value is usually before the parameter, as in `/users/:id`, so that the last one is replaced.
 *
 * @example nameSegments('/users/users', { id: 'users' }, (name) => `:${name}`) // '/users/:id'
 */
export function nameSegments(
  path: string,
  params: RouteParams,
  write: (name: string, isRest: boolean) => string,
): string {
  const open = Object.entries(params).flatMap(([name, value]) =>
    [value].flat().map((part) => ({ name, part, isRest: Array.isArray(value) })),
  );
  const segments = path.split('/').reverse();
  const named = segments.map((segment) => {
    const value = decodeSegment(segment);
    const at = segment === '' ? -1 : open.findLastIndex(({ part }) => part === value || part === segment);
    const [found] = at === -1 ? [] : open.splice(at, 1);
    return found ? write(found.name, found.isRest) : segment;
  });
  return named.reverse().join('/');
}
