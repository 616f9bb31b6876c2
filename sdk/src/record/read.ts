import type { AuditEntryInput } from '@auditrail/core';
import type { Receipt } from '../chain/receipt.ts';
import { withRequest, type Recorder } from '../context/with-request.ts';

export interface Read {
  /** The record that is shown. `type` becomes the action's last word: only letters, digits, `_` and `-`. */
  subject: { type: string; id: string; name?: string | undefined };
  /** The page that shows it: a name or the pattern of a route. */
  page: string;
  /** The names of the fields with personal data that it shows: `['email', 'address']`. */
  fields?: string[] | undefined;
  /** Default: the request's actor. */
  viewer?: AuditEntryInput['actor'] | undefined;
  /** The viewer's address. Default: the request's. */
  ip?: string | undefined;
  /** Default: `Personal data of user 42 viewed`. */
  description?: string | undefined;
}

/**
 * Records that a user viewed personal data: action `pii.read.<subject.type>`, channel `pii-read`, with viewer, address and
 * page. Await it on detail pages before you show the data. Do not use it for lists: one entry per row would hide the reads
 * that matter. Record an export of a list as one entry.
 *
 * @throws AuditError as `record()` does; `INVALID_ENTRY` if there is no viewer
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
