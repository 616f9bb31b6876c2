import type { AuditEntryInput } from '@auditrail/sdk';

const PEOPLE = [
  { name: 'Ada Lovelace', email: 'ada@example.com', ip: '10.2.3.4', groups: ['finance'] },
  { name: 'Grace Hopper', email: 'grace@example.com', ip: '10.2.3.17', groups: ['platform'] },
  { name: 'Alan Turing', email: 'alan@example.com', ip: '2001:db8::7', groups: ['platform'] },
  { name: 'Mary Jackson', email: 'mary@example.com', ip: '10.2.8.90', groups: ['support'] },
  { name: 'José García', email: 'jose@example.com', ip: '198.51.100.23', groups: ['support'] },
].map((person, index) => ({ ...person, id: String(index + 41) }));

type Person = (typeof PEOPLE)[number];
type ActionInput = Omit<AuditEntryInput, 'actor' | 'source' | 'time'>;

// Typical actions in a small company; `n` varies their details.
const ACTIONS: Array<(person: Person, n: number) => ActionInput> = [
  ({ name }) => ({
    ...{ action: 'user.login', channel: 'auth', description: `${name} signed in`, authContext: 'portal' },
    request: { method: 'POST', endpoint: '/api/session', status: 200, operation: 'createSession' },
  }),
  ({ name }, n) => ({
    ...{ action: 'project.updated', channel: 'projects', description: `${name} moved the deadline of Apollo` },
    target: { type: 'project', id: '7', name: 'Apollo' },
    scope: { project: 'Apollo' },
    changes: [{ path: 'deadline', before: `2026-12-${10 + (n % 9)}`, after: `2026-12-${11 + (n % 9)}` }],
    request: { method: 'PATCH', endpoint: '/api/projects/7', status: 200, operation: 'updateProject' },
  }),
  ({ name }, n) => ({
    ...{ action: 'invoice.created', channel: 'billing', description: `${name} wrote invoice ${2026_000 + n}` },
    target: { type: 'invoice', id: String(2026_000 + n) },
    properties: { amount: 120 + n, currency: 'EUR' },
    request: { method: 'POST', endpoint: '/api/invoices', status: 201, operation: 'createInvoice' },
  }),
  ({ name }, n) => ({
    ...{ action: 'hardware.updated', channel: 'hardware', description: `${name} lent a laptop` },
    target: { type: 'hardware', id: String(100 + n), name: `Laptop ${n}` },
    changes: [
      { path: 'holder', before: 'store', after: name },
      { path: 'labels', before: ['spare'], after: ['in use', 'insured'] },
    ],
  }),
  ({ name }, n) => ({
    ...{ action: 'document.deleted', channel: 'projects', description: `${name} deleted a draft` },
    target: { type: 'document', id: String(500 + n), name: 'Draft' },
    request: { method: 'DELETE', endpoint: `/api/documents/${500 + n}`, status: 204 },
  }),
  ({ name, email }) => ({
    ...{ action: 'role.updated', channel: 'security', description: `${name} made ${email} an administrator` },
    target: { type: 'user', id: '42', name: 'Grace Hopper' },
    changes: [{ path: 'role', before: 'member', after: 'admin' }],
  }),
];

/** Sample entries of one day in a small company, newest last, for screenshots of the page. */
export function sampleDay(end: number): Array<AuditEntryInput & { time: string }> {
  const count = 480;
  return Array.from({ length: count }, (_, n) => {
    // Few at night, many at noon; the same in each run.
    const share = n / count + Math.sin((n / count) * 6.28) * 0.08;
    const time = new Date(end - (1 - share) * 24 * 3_600_000 - 60_000).toISOString();
    if (n % 40 === 39) {
      const actor = { type: 'system' as const, name: 'Nightly backup' };
      return { time, actor, action: 'backup.created', channel: 'jobs', category: 'task', description: 'Backup made' };
    }
    const person = PEOPLE[(n * 7) % PEOPLE.length]!;
    const { id, name, email, groups, ip } = person;
    const input = ACTIONS[(n * 11 + Math.floor(n / 5)) % ACTIONS.length]!(person, n);
    const failed = input.action === 'user.login' && n % 4 === 0;
    return {
      ...{ time, actor: { type: 'user' as const, id, name, email, groups } },
      ...input,
      source: { ip, userAgent: 'Mozilla/5.0', sessionId: `s-${id}-${Math.floor(n / 60)}` },
      ...(failed && {
        ...{
          outcome: 'failure' as const,
          description: `${name} could not sign in`,
          error: { message: 'wrong password' },
        },
        request: { method: 'POST', endpoint: '/api/session', status: 401, operation: 'createSession' },
      }),
    };
  });
}
