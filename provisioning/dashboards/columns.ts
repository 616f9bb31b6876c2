import type { AuditPageParams } from '../page-link.ts';
import type { Column } from './panels.ts';
import { inRow } from './queries.ts';

/** Columns of tables of entries. `link` is the condition that all rows of the table meet. */
export const entryColumns = (link: AuditPageParams) =>
  ({
    when: { path: 'time', title: 'When', width: 165, kind: 'time' },
    actor: { path: 'actor.name', title: 'Actor', width: 140 },
    email: { path: 'actor.email', title: 'E-mail', width: 190, link: { ...link, user: inRow('E-mail') } },
    action: { path: 'action', title: 'Action', width: 190, link: { ...link, action: inRow('Action') } },
    target: { path: 'target.name', title: 'Target', width: 160 },
    ip: { path: 'source.ip', title: 'IP address', width: 130, link: { ...link, ip: inRow('IP address') } },
    error: { path: 'error.message', title: 'Error', width: 160, kind: 'long' },
    trace: { path: 'trace.traceId', title: 'Trace', width: 100, isTrace: true },
    description: { path: 'description', title: 'Description', kind: 'long' },
  }) satisfies Record<string, Column>;
