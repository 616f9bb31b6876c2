import type { Actor, AuditEntry } from '@auditrail/core';
import { SCHEMA_VERSION } from '@auditrail/core';
import type { ActionKind } from './actions.ts';
import { hex } from './ids.ts';
import type { Person } from './people.ts';
import type { Session } from './sessions.ts';
import { NOTE_WORDS, PROJECTS, RARE_WORDS } from './words.ts';
import { oneOf, weighted, zipfWeights, type Random } from './weighted.ts';

/** What happens next in a session. */
export interface Occurrence {
  session: Session;
  kind: ActionKind;
  /** Why it fails. */
  error?: 'forbidden' | 'invalid' | 'unavailable' | 'invalid_credentials';
  /** The person whose password somebody tries. */
  victim?: Person;
}

type Stamp = Pick<AuditEntry, 'id' | 'time' | 'service'>;

const ERRORS = {
  forbidden: { status: 403, message: 'You lack the permission' },
  invalid: { status: 422, message: 'The form has errors' },
  unavailable: { status: 503, message: 'The database does not respond' },
  invalid_credentials: { status: 401, message: 'The password is wrong' },
} as const;
const CHANGED = ['status', 'owner', 'title', 'amount', 'due', 'address.city', 'priority', 'limits.daily'];
const STATES = ['draft', 'open', 'active', 'paused', 'closed', 'archived'];
const CURRENCIES = ['EUR', 'USD', 'GBP', 'JPY'];
const drawNote = weighted(zipfWeights(NOTE_WORDS.length, 1));

/** A target of a type; those with low numbers occur most. @example targetId('project', 7) // 'project-7' */
export const targetId = (noun: string, number: number): string => `${noun}-${number}`;

const nameOf = ({ name, id, type }: Actor) => name ?? id ?? type;

function noteOf(random: Random): string {
  const dice = random();
  if (dice < RARE_WORDS.length / 100_000) return ` (${oneOf(RARE_WORDS, random)})`;
  if (dice > 0.06) return '';
  const words = Array.from({ length: 2 + Math.floor(random() * 4) }, () => NOTE_WORDS[drawNote(random)]);
  return ` (${words.join(' ')})`;
}

function valueOf(random: Random): string | number {
  return random() < 0.6 ? oneOf(STATES, random) : Math.floor(random() * 10_000) / 100;
}

// A request has several entries now and then.
function traceOf(session: Session, random: Random): AuditEntry['trace'] {
  if (session.instance === 1 && !session.source) return undefined;
  const { trace } = session;
  const traceId = trace && random() < 0.3 ? trace.traceId : hex(random, 16);
  session.trace = { spanId: hex(random, 8), traceId };
  return session.trace;
}

/** The entry of an occurrence. Members are in the order of the line, which makes it faster to write. */
export function entryOf(what: Occurrence, { id, time, service }: Stamp, random: Random): AuditEntry {
  const { session, kind, error, victim } = what;
  const { onBehalfOf, source } = session;
  const actor = victim ? { email: victim.actor.email as string, type: 'user' as const } : session.actor;
  const number = Math.floor(kind.targets * random() ** 3);
  const isSignIn = kind.event === 'login' || kind.event === 'logout';
  const subject = isSignIn ? nameOf(victim?.actor ?? actor) : `${kind.noun.replaceAll('_', ' ')} ${number}`;
  const failed = error ? ' but failed' : '';
  const entry: AuditEntry = {
    action: kind.action,
    actor,
    authContext: session.authContext,
    category: session.category,
    channel: kind.channel,
    description: `${nameOf(actor)} ${kind.verb} ${subject}${failed}${isSignIn ? '' : noteOf(random)}`,
    event: kind.event,
    id,
    outcome: error ? 'failure' : 'success',
    request: {
      endpoint: kind.endpoint,
      id: hex(random, 8),
      method: kind.method,
      status: error ? ERRORS[error].status : kind.status,
    },
    schema: SCHEMA_VERSION,
    service,
    time,
  };
  if (error) entry.error = { code: error, message: ERRORS[error].message };
  if (onBehalfOf) entry.onBehalfOf = onBehalfOf;
  if (source) entry.source = source;
  if (session.category === 'task') delete entry.request;
  const trace = traceOf(session, random);
  if (trace) entry.trace = trace;
  if (isSignIn) return entry;
  entry.target = { id: targetId(kind.noun, number), name: `${kind.noun} ${number}`, type: kind.noun };
  const project = PROJECTS[number % PROJECTS.length] as string;
  if (number % 2 === 0) entry.scope = { project };
  if (kind.changes && !error) {
    const first = Math.floor(random() * (CHANGED.length - 2));
    entry.changes = CHANGED.slice(first, first + 1 + Math.floor(random() * 2)).map((path) => {
      return { after: valueOf(random), before: valueOf(random), path };
    });
  } else if (random() < 0.4) {
    entry.properties = { currency: oneOf(CURRENCIES, random), total: Math.floor(random() * 100_000) / 100 };
  }
  if (random() < 0.05) entry.related = [{ id: targetId('project', number % 400), type: 'project' }];
  if (random() < 0.02) entry.reason = `CHG-${1_000 + Math.floor(random() * 9_000)}`;
  return entry;
}
