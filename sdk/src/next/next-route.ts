import { nameSegments, type RouteParams } from '../http/name-segments.ts';

interface WorkStorage {
  workAsyncStorage: { getStore(): { route?: string } | undefined };
}

// Next.js has the pattern only in its store of a request, which is not a part of its public API: a version without this
// file is not an error.
async function storedRoute(): Promise<string | undefined> {
  const found: WorkStorage | undefined =
    await import('next/dist/server/app-render/work-async-storage.external.js').catch(() => undefined);
  return found?.workAsyncStorage.getStore()?.route;
}

/**
 * The route of a handler: the pattern of its file, such as `/orders/[id]`. If Next.js does not reveal it, the path with the
 * names of its parameters.
 */
export async function nextRoute(path: string, params: RouteParams): Promise<string> {
  const stored = await storedRoute();
  // A handler that another one calls has parameters of its own.
  const fits = (name: string) => stored?.includes(`[${name}]`) || stored?.includes(`[...${name}]`);
  if (stored !== undefined && Object.keys(params).every(fits)) return stored;
  const parts = nameSegments(path, params, (name, isRest) => (isRest ? `[...${name}]` : `[${name}]`)).split('/');
  return parts.filter((part, i) => !part.startsWith('[...') || part !== parts[i - 1]).join('/');
}
