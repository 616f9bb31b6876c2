import type { AuditEntryInput } from '@auditrail/sdk';

/** A person of the demo's staff portal, which exists only as its entries. */
interface Staff {
  id: string;
  name: string;
  role: 'support' | 'sales' | 'admin';
  ip: string;
}

const staff = (id: string, name: string, role: Staff['role'], ip: string): Staff => ({ id, name, role, ip });
const STAFF: readonly Staff[] = [
  staff('u-101', 'Mary Jackson', 'support', '192.0.2.101'),
  staff('u-102', 'Alan Turing', 'support', '192.0.2.102'),
  staff('u-103', 'Chien-Shiung Wu', 'support', '192.0.2.103'),
  staff('u-104', 'Rosalind Franklin', 'sales', '192.0.2.104'),
  staff('u-105', 'Srinivasa Ramanujan', 'sales', '192.0.2.105'),
  staff('u-106', 'Katherine Johnson', 'sales', '198.51.100.106'),
  staff('u-107', 'Niels Bohr', 'support', '198.51.100.107'),
  staff('u-108', 'Emmy Noether', 'admin', '192.0.2.108'),
  staff('u-109', 'Lise Meitner', 'admin', '2001:db8:0:1::109'),
];
const CUSTOMERS = [
  'Acme Ltd',
  'Globex',
  'Initech',
  'Umbrella Books',
  'Stark Bicycles',
  'Wayne Gardens',
  'Hooli Bakery',
];
const SERVICES = ['portal', 'shop', 'billing'];

const emailOf = ({ name }: Staff) => `${name.toLowerCase().replace(/[^a-z]+/g, '.')}@example.com`;
const actorOf = (person: Staff): AuditEntryInput['actor'] => {
  return { type: 'user', id: person.id, name: person.name, email: emailOf(person), groups: [person.role] };
};
const accountOf = ({ id, name }: Staff) => ({ type: 'user', id, name });

type Random = () => number;
const choice = <T>(items: readonly T[], random: Random): T => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
};

const ticketOf = (random: Random) => {
  const id = `T-${1000 + Math.floor(random() * 400)}`;
  return { type: 'ticket', id, name: id };
};

type Entry = Omit<AuditEntryInput, 'actor'>;
const failedSignIn = (person: Staff, code: string, message: string): Entry => ({
  action: 'user.login',
  channel: 'auth',
  description: `${person.name} could not sign in`,
  error: { code, message },
  target: accountOf(person),
});

function* signIn(person: Staff, random: Random): Generator<Entry> {
  if (random() < 0.12) yield failedSignIn(person, 'wrong_password', 'wrong password');
  yield {
    action: 'user.mfa.challenged',
    channel: 'auth',
    description: `${person.name} was asked for a second factor`,
  };
  if (random() < 0.06) yield failedSignIn(person, 'wrong_code', 'wrong code of the second factor');
  yield { action: 'user.login', channel: 'auth', description: `${person.name} signed in`, target: accountOf(person) };
}

function* work(person: Staff, random: Random): Generator<Entry> {
  const customer = choice(CUSTOMERS, random);
  const target = { type: 'customer', id: `c-${CUSTOMERS.indexOf(customer) + 1}`, name: customer };
  if (person.role !== 'admin' || random() < 0.2) {
    yield {
      ...{ action: 'pii.read.customer', event: 'read', channel: 'pii-read', target },
      description: `Personal data of ${customer} viewed`,
      properties: { page: '/customers/:id', fields: ['email', 'address'] },
    };
  }
  if (random() < 0.6) {
    const ticket = ticketOf(random);
    const description = `${person.name} answered ${ticket.id}`;
    yield {
      action: 'ticket.updated',
      channel: 'support',
      description,
      target: ticket,
    };
  }
  if (random() < 0.08) {
    const description = `${person.name} exported the customers of a region`;
    yield {
      action: 'report.exported',
      channel: 'pii-read',
      description,
      target: { type: 'report', name: 'customers' },
    };
  }
  if (random() < 0.07) {
    yield {
      ...{ action: 'invoice.approved', event: 'denied', channel: 'billing', outcome: 'failure' },
      description: `${person.name} was not allowed to approve an invoice of ${customer}`,
      error: { code: 'DENIED', message: 'requires the role finance' },
      target,
    };
  }
  if (person.role === 'support' && random() < 0.02) {
    const shown = { target, reason: 'The customer sees another price' };
    yield {
      ...{ action: 'user.impersonation_started', channel: 'security', ...shown },
      description: `${person.name} started to act as ${customer}`,
    };
    yield {
      ...{ action: 'user.impersonation_ended', channel: 'security', ...shown },
      description: `${person.name} stopped acting as ${customer}`,
    };
  }
}

function* administer(person: Staff, random: Random): Generator<Entry> {
  const other = choice(
    STAFF.filter(({ role }) => role !== 'admin'),
    random,
  );
  const role = choice(['refunds', 'reports', 'night-shift'], random);
  const kind = random();
  const security = { channel: 'security', target: accountOf(other) };
  if (kind < 0.45) {
    const granted = random() < 0.6;
    yield {
      ...{ action: `user.role.${granted ? 'granted' : 'revoked'}`, ...security, scope: { role } },
      description: `${person.name} ${granted ? 'gave' : 'took'} the role ${role} ${granted ? 'to' : 'from'} ${other.name}`,
    };
  } else if (kind < 0.65) {
    const description = `${person.name} reset the second factor of ${other.name}`;
    yield { action: 'user.mfa.reset', ...security, description };
  } else if (kind < 0.8) {
    const newcomer = `New colleague ${Math.floor(random() * 90) + 10}`;
    const target = { type: 'user', id: newcomer.replace(/\D+/, 'u-2'), name: newcomer };
    yield { action: 'user.created', channel: 'users', description: `${person.name} created an account`, target };
  } else {
    const minutes = choice([15, 30, 60], random);
    yield {
      ...{ action: 'portal.settings.updated', channel: 'settings', target: { type: 'setting', name: 'session' } },
      description: `${person.name} changed the length of sessions`,
      changes: [{ path: 'session.minutes', before: 20, after: minutes }],
    };
  }
}

/** One visit of somebody to the portal, as the entries that it causes. */
export function* portalVisit(random: Random): Generator<AuditEntryInput> {
  const person = choice(STAFF, random);
  const sessionId = `s-${Math.floor(random() * 1e12).toString(36)}`;
  const base = {
    actor: actorOf(person),
    authContext: 'portal',
    source: { ip: person.ip, sessionId },
  };
  const steps = [
    ...signIn(person, random),
    ...work(person, random),
    ...(person.role === 'admin' && random() < 0.35 ? administer(person, random) : []),
    ...(random() < 0.5 ? work(person, random) : []),
    { action: 'user.logout', channel: 'auth', description: `${person.name} signed out`, target: accountOf(person) },
  ];
  for (const step of steps) yield { ...base, ...step };
}

/** What the portal's AI agent does in one run. */
export function* agentRun(random: Random): Generator<AuditEntryInput> {
  const person = choice(
    STAFF.filter(({ role }) => role === 'support'),
    random,
  );
  const runId = `run-${Math.floor(random() * 1e6)}`;
  const ticket = ticketOf(random);
  const agent = { name: 'triage-bot', version: '1.4', model: 'triage-small', runId };
  const base = {
    actor: { type: 'agent', id: 'triage-bot', name: 'triage-bot', agent },
    onBehalfOf: [{ type: 'user', id: person.id, name: person.name, email: emailOf(person) }],
    authContext: 'mcp',
    channel: 'support',
    target: ticket,
    reason: `Sort the inbox of ${person.name}`,
  } satisfies Partial<AuditEntryInput>;
  yield { ...base, action: 'ticket.classified', description: `triage-bot classified ${ticket.id}` };
  if (random() < 0.5) yield { ...base, action: 'ticket.assigned', description: `triage-bot assigned ${ticket.id}` };
}

/** A deployment of one of the applications. */
export function* deployment(random: Random): Generator<AuditEntryInput> {
  const service = choice(SERVICES, random);
  const version = `2.${Math.floor(random() * 9) + 10}.${Math.floor(random() * 9)}`;
  const rolledBack = random() < 0.2;
  yield {
    action: rolledBack ? 'service.rolled_back' : 'service.deployed',
    channel: 'deployments',
    category: 'system',
    description: `${service} ${version} ${rolledBack ? 'was rolled back' : 'was deployed'}`,
    actor: { type: 'service', id: 'ci', name: 'CI' },
    target: { type: 'service', id: service, name: service },
    properties: { version },
  };
}
