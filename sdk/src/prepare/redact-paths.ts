/** A set of paths as a tree; several nodes are followed at once because of `*`. */
interface PathNode {
  end: boolean;
  readonly next: Map<string, PathNode>;
}

/** The nodes that a walk stands on; `undefined` where no path goes on. */
export type Places = readonly PathNode[] | undefined;

/** `user.items[0]["a.b"]` is `user`, `items`, `0`, `a.b`. */
export function pathSegments(path: string): string[] {
  // Most paths, and every change of every entry has one.
  if (!path.includes('[')) return path.includes('.') ? path.split('.').filter((segment) => segment !== '') : [path];
  const segments: string[] = [];
  for (const [, quoted, bracket, plain] of path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[([^\]]*)\]|([^.[]+)/g)) {
    segments.push(quoted?.replace(/\\(.)/g, '$1') ?? bracket ?? plain ?? '');
  }
  return segments;
}

/** Makes the tree of paths such as `properties.user.ssn`, `changes.*.after`, `properties.list[0]`. */
export function pathTree(paths: readonly string[]): Places {
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
function stepInto(places: Places, segment: string): Places {
  if (places === undefined) return undefined;
  const next = places.flatMap((node) => {
    const found = [node.next.get(segment), segment === '*' ? undefined : node.next.get('*')];
    return found.filter((one) => one !== undefined);
  });
  return next.length > 0 ? next : undefined;
}

export function isEnd(places: Places): boolean {
  return places !== undefined && places.some(({ end }) => end);
}

/** Where a walk stands: among the paths to hide, and among those to keep. */
export interface Spot {
  readonly paths: Places;
  readonly keep: Places;
}

/** One step down both trees; `undefined` where neither goes on. */
export function stepSpot(spot: Spot | undefined, segment: string): Spot | undefined {
  if (spot === undefined) return undefined;
  const paths = stepInto(spot.paths, segment);
  const keep = stepInto(spot.keep, segment);
  return paths || keep ? { paths, keep } : undefined;
}
