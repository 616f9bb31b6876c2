import { actorText } from '../entry/actor-text.ts';
import type { AuditEntry } from '../entry/entry.ts';
import { isFilterField, type FilterField } from '../query/filters.ts';
import { storedTime } from '../loki/stored-time.ts';
import { csvJson, csvText } from './csv-cell.ts';

/** A column of the table: its name in the first row, and the text of an entry there. */
export interface CsvColumn {
  header: string;
  cell(entry: AuditEntry, ns: bigint): string;
  /** The same for a table with types: not quoted, and not guarded against formulas. */
  value(entry: AuditEntry, ns: bigint): string | number | undefined;
}

type Value = string | number | undefined;

const text = (header: string, value: (entry: AuditEntry) => Value): CsvColumn => ({
  header,
  value,
  cell(entry) {
    const found = value(entry);
    return found === undefined ? '' : csvText(String(found));
  },
});

const json = (header: string, value: (entry: AuditEntry) => unknown): CsvColumn => ({
  header,
  value(entry) {
    const found = value(entry);
    return found === undefined ? undefined : JSON.stringify(found);
  },
  cell(entry) {
    const found = value(entry);
    return found === undefined ? '' : csvJson(found);
  },
});

/** In every file, in this order, before the chosen columns. */
const CSV_FIRST: readonly CsvColumn[] = [
  text('id', ({ id }) => id),
  text('timestamp', ({ time }) => time),
  text('channel', ({ channel }) => channel),
  text('event', ({ event }) => event),
  text('action', ({ action }) => action),
  text('description', ({ description }) => description),
  text('outcome', ({ outcome }) => outcome),
  text('actor_email', ({ actor }) => actor.email),
  text('actor_id', ({ actor }) => actor.id),
  // With everyone the actor acted for: otherwise a row would state the wrong person.
  text('actor_name', (entry) => (entry.onBehalfOf ? actorText(entry) : (entry.actor.name ?? entry.actor.agent?.name))),
  text('actor_type', ({ actor }) => actor.type),
  text('subject_type', ({ target }) => target?.type),
  text('subject_id', ({ target }) => target?.id),
  text('subject_name', ({ target }) => target?.name),
];

type Choice = Extract<FilterField, string> | 'agentVersion' | 'related' | 'chain' | 'scope';

/** The columns that can be chosen: the names of filter fields, and some that are not filtered by. */
export const CSV_COLUMNS = {
  category: text('category', ({ category }) => category),
  service: text('service', ({ service }) => service),
  errorCode: text('error_code', ({ error }) => error?.code),
  errorMessage: text('error_message', ({ error }) => error?.message),
  group: json('actor_groups', ({ actor }) => actor.groups),
  agent: text('agent_name', ({ actor }) => actor.agent?.name),
  agentVersion: text('agent_version', ({ actor }) => actor.agent?.version),
  agentModel: text('agent_model', ({ actor }) => actor.agent?.model),
  agentRunId: text('agent_run_id', ({ actor }) => actor.agent?.runId),
  onBehalfOf: json('on_behalf_of', ({ onBehalfOf }) => onBehalfOf),
  reason: text('reason', ({ reason }) => reason),
  authContext: text('auth_context', ({ authContext }) => authContext),
  ip: text('ip', ({ source }) => source?.ip),
  userAgent: text('user_agent', ({ source }) => source?.userAgent),
  sessionId: text('session_id', ({ source }) => source?.sessionId),
  deviceId: text('device_id', ({ source }) => source?.deviceId),
  related: json('related', ({ related }) => related),
  requestId: text('request_id', ({ request }) => request?.id),
  method: text('method', ({ request }) => request?.method),
  endpoint: text('endpoint', ({ request }) => request?.endpoint),
  status: text('status', ({ request }) => request?.status),
  operation: text('operation', ({ request }) => request?.operation),
  scope: json('scope', ({ scope }) => scope),
  traceId: text('trace_id', ({ trace }) => trace?.traceId),
  spanId: text('span_id', ({ trace }) => trace?.spanId),
  chain: json('chain', ({ chain }) => chain),
} as const satisfies Partial<Record<Choice, CsvColumn>>;

/** In every file, after the chosen columns. */
const CSV_LAST: readonly CsvColumn[] = [
  {
    header: 'timestamp_stored',
    cell: (entry, ns) => storedTime({ ns, entry }) ?? '',
    value: (entry, ns) => storedTime({ ns, entry }),
  },
  json('changes', ({ changes }) => changes),
  json('properties', ({ properties }) => properties),
];

const SCOPE = 'scope.';

/** Whether a text is the name of a column that can be chosen. */
export function isCsvColumn(name: string): boolean {
  return Object.hasOwn(CSV_COLUMNS, name) || (name.startsWith(SCOPE) && isFilterField(name));
}

/**
 * The chosen columns: those with a name, each once. Unknown names, and those that are in every file anyway, are left out.
 */
function chosenColumns(names: readonly string[] = Object.keys(CSV_COLUMNS)): CsvColumn[] {
  return [...new Set(names)].flatMap((name) => {
    if (Object.hasOwn(CSV_COLUMNS, name)) return [CSV_COLUMNS[name as keyof typeof CSV_COLUMNS]];
    if (!name.startsWith(SCOPE)) return [];
    const key = name.slice(SCOPE.length);
    return [text(`scope_${key}`, ({ scope }) => (scope && Object.hasOwn(scope, key) ? scope[key] : undefined))];
  });
}

/** All columns of a table: those of every file, and the chosen ones. */
export function tableColumns(names?: readonly string[]): CsvColumn[] {
  return [...CSV_FIRST, ...chosenColumns(names), ...CSV_LAST];
}
