import type { AuditEntryInput } from '@auditrail/core';
import type { Receipt } from '../logger/audit-logger.ts';
import { withRequest, type Recorder } from '../context/with-request.ts';

export interface Read {
  /** Whose or what's record is shown. `type` becomes the action's last word: a word of letters, digits, `_` and `-`. */
  subject: { type: string; id: string; name?: string | undefined };
  /** The page that shows it: a name or a route's pattern. */
  page: string;
  /** Which personal data it shows, by name: `['email', 'address']`. */
  fields?: string[] | undefined;
  /** Who looks. Default the request's actor. */
  viewer?: AuditEntryInput['actor'] | undefined;
  /** The viewer's address. Default the request's. */
  ip?: string | undefined;
  /** Default `Personal data of user 42 viewed`. */
  description?: string | undefined;
}

/**
 * Records that somebody looked at a personal-data record: action `pii.read.<subject's type>`, channel `pii-read`, with
 * viewer, address and page. For detail pages, await it before the data is shown; not for lists, whose every row would be
 * an entry and drown the reads that matter (record the export of a list as one entry of its own).
 *
 * @throws AuditError what `record()` rejects with; `INVALID_ENTRY` where nobody is known to look
 * @example
 * await recordRead(audit, { subject: { type: 'user', id: '42', name: 'Ada' }, page: '/users/:id', fields: ['email'] });
 */
export function recordRead<R extends Receipt | undefined>(audit: Recorder<R>, read: Read): Promise<R> {
  const { subject, page, fields, viewer, ip } = read;
  return withRequest(audit).record({
    action: `pii.read.${subject.type}`,
    event: 'read',
    channel: 'pii-read',
    category: 'user',
    description: read.description ?? `Personal data of ${subject.type} ${subject.name ?? subject.id} viewed`,
    target: subject,
    properties: { page, ...(fields && { fields }) },
    ...(viewer && { actor: viewer }),
    ...(ip !== undefined && { source: { ip } }),
  });
}
