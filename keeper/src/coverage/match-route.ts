import type { Route } from '@auditrail/sdk/coverage';

const PARAMETER = /^(?::.+|\[[^.\]]+\]|\{[^}]+\})$/;
const REST = /^(?:\*.*|\[\[?\.\.\..+\]?\])$/;

const segmentsOf = (path: string) => path.replace(/(?<=.)\/+$/, '').split('/');

// How well a pattern fits a path: one digit for each segment, 3 for the same text, 2 for a parameter, 1 for a rest; `''` if
// it does not fit. The greater text is the more exact pattern.
function fitOf(pattern: readonly string[], path: readonly string[]): string {
  let fit = '';
  for (const [i, wanted] of pattern.entries()) {
    if (REST.test(wanted)) return `${fit}1`;
    const segment = path[i];
    if (segment === undefined) return '';
    if (wanted === segment) fit += '3';
    else if (PARAMETER.test(wanted) && segment !== '') fit += '2';
    else return '';
  }
  return pattern.length === path.length ? fit : '';
}

/**
 * Returns a function that finds the route of an entry, by its method and endpoint. An endpoint is a route's pattern, or the
 * path of an address if the application records it; a path belongs to the route that describes it most exactly.
 *
 * @example routeFinder([{ method: 'POST', route: '/orders/:id' }])('POST', '/orders/7') // the route
 */
export function routeFinder(routes: readonly Route[]): (method: string, endpoint: string) => Route | undefined {
  const known = routes.map((route) => ({ route, pattern: segmentsOf(route.route) }));
  return (method, endpoint) => {
    const candidates = known.filter(({ route }) => route.method === method || route.method === 'ALL');
    const same = candidates.find(({ route }) => route.route === endpoint);
    if (same) return same.route;
    const path = segmentsOf(endpoint);
    const fits = candidates.map(({ route, pattern }) => ({ route, fit: fitOf(pattern, path) }));
    return fits.filter(({ fit }) => fit !== '').sort((a, b) => (a.fit < b.fit ? 1 : -1))[0]?.route;
  };
}
