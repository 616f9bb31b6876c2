import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendError, sendJson } from './reply.ts';

/** The path of Grafana's API for plugin data of each user (`usePluginUserStorage`). */
export const USER_STORAGE_PATH = '/apis/userstorage.grafana.app/v0alpha1/namespaces/default/user-storage';

/** The data by `<plugin>:<user>`, kept until the host stops. */
export type UserStorage = Map<string, Record<string, string | null>>;

interface Stored {
  metadata?: { name?: string };
  spec: { data: Record<string, string | null> };
}

/** Handles requests to {@link USER_STORAGE_PATH}: read, create, update, delete. As in Grafana, only for the user's own data. */
export function userStorageApi(
  { method }: IncomingMessage,
  response: ServerResponse,
  { storage, path, body, userUid }: { storage: UserStorage; path: string; body: string; userUid: string },
): void {
  const sent = body === '' ? undefined : (JSON.parse(body) as Stored);
  const name = decodeURIComponent(path.replace(/^\//, '')) || (sent?.metadata?.name ?? '');
  if (!name.endsWith(`:${userUid}`)) return sendError(response, 403, 'Not your storage');
  const kept = storage.get(name);
  if (method === 'POST' ? kept : !kept) return sendError(response, kept ? 409 : 404, kept ? 'Exists' : 'Not found');
  if (method === 'DELETE') {
    storage.delete(name);
    return sendJson(response, { status: 'Success' });
  }
  if (sent) storage.set(name, { ...kept, ...sent.spec.data });
  sendJson(response, { metadata: { name }, spec: { data: storage.get(name) } });
}
