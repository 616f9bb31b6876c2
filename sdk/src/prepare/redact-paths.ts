/** A set of paths as a tree; because of `*`, a walk follows several nodes at once. */
interface PathNode {
  end: boolean;
  readonly next: Map<string, PathNode>;
}

/** The nodes that match the current path; `undefined` if no path continues. */
export type PathNodes = readonly PathNode[] | undefined;

/** `user.items[0]["a.b"]` is `user`, `items`, `0`, `a.b`. */
export function pathSegments(path: string): string[] {
  // The common case: every change of every entry has a path.
  if (!path.includes('[')) return path.includes('.') ? path.split('.').filter((segment) => segment !== '') : [path];
  const segments: string[] = [];
  for (const [, quoted, bracket, plain] of path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[([^\]]*)\]|([^.[]+)/g)) {
    segments.push(quoted?.replace(/\\(.)/g, '$1') ?? bracket ?? plain ?? '');
  }
  return segments;
}

/** Makes the tree of paths such as `properties.user.ssn`, `changes.*.after`, `properties.list[0]`. */
export function pathTree(paths: readonly string[]): PathNodes {
  if (paths.length === 0) return undefined;
  const root: PathNode = { end: false, next: new Map() };
  for (const path of paths) {
    let node = root;
    for (const segment of pathSegments(path)) {
      const next = node.next.get(segment) ?? { end: false, next: new Map<string, PathNode>() };
      node.next.set(segment, next);
      node = next;
    }
    node.end = node !== root;
  }
  return [root];
}

/** One step down. */
function stepInto(nodes: PathNodes, segment: string): PathNodes {
  if (nodes === undefined) return undefined;
  const next = nodes.flatMap((node) => {
    const found = [node.next.get(segment), segment === '*' ? undefined : node.next.get('*')];
    return found.filter((one) => one !== undefined);
  });
  return next.length > 0 ? next : undefined;
}

export function isEnd(nodes: PathNodes): boolean {
  return nodes !== undefined && nodes.some(({ end }) => end);
}

/** The position of a walk in the trees of paths to hide and to keep. */
export interface Spot {
  readonly paths: PathNodes;
  readonly keep: PathNodes;
}

/** One step down both trees; `undefined` if neither continues. */
export function stepSpot(spot: Spot | undefined, segment: string): Spot | undefined {
  if (spot === undefined) return undefined;
  const paths = stepInto(spot.paths, segment);
  const keep = stepInto(spot.keep, segment);
  return paths || keep ? { paths, keep } : undefined;
}
