import { hash } from 'node:crypto';
import type { DuckDBValue } from '../days/duckdb.ts';
import { networkOf } from './network.ts';
import { positionOf, type Position } from './travel.ts';

/** The columns that {@link toEvent} reads, in its order. */
export const EVENT_COLUMNS = [
  ...['arrival', 'ns', 'id', 'action', 'outcome', 'email', 'actorId', 'actorName', 'actorType', 'ip', 'sessionId'],
  ...['userAgent', 'onBehalfOfEmails', 'onBehalfOfIds', 'onBehalfOfNames', 'properties'],
] as const;

/** The field of the page's filters that names an account. */
type AccountField = 'email' | 'actorId' | 'actorName';

/** An account as the rules compare it: e-mail address in lower case, else id, else name. */
interface Account {
  key: string;
  field: AccountField;
  type: string;
  id?: string;
  name?: string;
}

/** What the analyser reads of an entry. */
export interface AnalysedEvent {
  arrivalNs: bigint;
  ns: bigint;
  id: string;
  action: string;
  isSuccess: boolean;
  account?: Account;
  ip?: string;
  network?: string;
  sessionId?: string;
  /** A short hash: the texts are long, and only compared. */
  userAgent?: string;
  /** Keys of the person for whom an agent acted. */
  owners: readonly string[];
  position?: Position;
}

/** Members of `properties` that name the autonomous system and the position of the address. */
export const ASN_PROPERTY = 'as.number';
export const POSITION_PROPERTIES = { lat: 'geo.location.lat', lon: 'geo.location.lon' } as const;

export function toEvent(row: readonly DuckDBValue[]): AnalysedEvent {
  const [arrival, ns, id, action, outcome, email, actorId, actorName, actorType, ip, sessionId, ...rest] = row;
  const [userAgent, emails, ids, names, properties] = rest.map(textOf);
  const members = properties === undefined ? {} : (JSON.parse(properties) as Record<string, string>);
  const account = accountOf(textOf(email), textOf(actorId), textOf(actorName), textOf(actorType));
  const network = networkOf(textOf(ip), members[ASN_PROPERTY]);
  const position = positionOf(members[POSITION_PROPERTIES.lat], members[POSITION_PROPERTIES.lon]);
  return {
    ...{ arrivalNs: arrival as bigint, ns: ns as bigint, id: textOf(id) ?? '', action: textOf(action) ?? '' },
    isSuccess: outcome === 'success',
    ...(account && { account }),
    ...(typeof ip === 'string' && { ip }),
    ...(network !== undefined && { network }),
    ...(typeof sessionId === 'string' && { sessionId }),
    ...(userAgent !== undefined && { userAgent: hash('sha256', userAgent).slice(0, 8) }),
    // The first one is the nearest.
    owners: [emails, ids, names].flatMap((list) => firstOf(list) ?? []),
    ...(position && { position }),
  };
}

export const textOf = (value: DuckDBValue | undefined) => (typeof value === 'string' ? value : undefined);

function accountOf(email?: string, id?: string, name?: string, type = 'user'): Account | undefined {
  const known = { type, ...(id !== undefined && { id }), name: email ?? name ?? id ?? '' };
  if (email !== undefined) return { key: email, field: 'email', ...known };
  if (id !== undefined) return { key: id, field: 'actorId', ...known };
  return name === undefined ? undefined : { key: name, field: 'actorName', ...known };
}

// A list that was too long for an attribute may be cut.
function firstOf(list: string | undefined): string | undefined {
  const first = /^\["((?:[^"\\]|\\.)*)"/s.exec(list ?? '')?.[1];
  return first ? (JSON.parse(`"${first}"`) as string) : undefined;
}
