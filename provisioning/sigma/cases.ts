import type { AuditEntryInput } from '@auditrail/core';

/** A rule of `rules/`: entries that fire it, and entries that meet all of its conditions but one. */
interface SigmaCase {
  title: string;
  /** The labels of the alert. */
  about: string;
  entries: AuditEntryInput[];
  nearMisses: AuditEntryInput[];
}

type Part = Partial<AuditEntryInput>;
const entry = (part: Part): AuditEntryInput => ({
  action: 'test.done',
  description: 'test',
  actor: { type: 'user', email: 'ada@example.com' },
  ...part,
});
const variants = (base: Part, changes: Part[]): AuditEntryInput[] =>
  changes.map((change) => entry({ ...base, ...change }));
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const person = (email: string) => ({ type: 'user', email }) as const;

const serviceSignIn: Part = {
  action: 'user.login',
  outcome: 'failure',
  actor: { type: 'service', id: 'svc-backup' },
  source: { ip: '203.0.113.1' },
};
const roleChange: Part = {
  action: 'user.role.granted',
  actor: person('boss@example.com'),
  source: { ip: '203.0.113.2' },
  scope: { role: 'Owner' },
};
const exported: Part = {
  action: 'data.exported',
  actor: person('exporter@example.com'),
  properties: { rows: 1000, data: { kind: 'customers' } },
};
const salary: Part = {
  action: 'hr.salary.read',
  actor: { type: 'user', email: 'temp@example.com', groups: ['staff', 'Contractors'] },
  target: { type: 'salary', id: '7' },
};
const selfGrant: Part = {
  action: 'user.role.granted',
  actor: person('self@example.com'),
  target: { type: 'user', name: 'self@example.com' },
};
const scan: Part = {
  actor: { type: 'user', id: 'nobody' },
  request: { method: 'GET', endpoint: '/admin/users', status: 403 },
  source: { ip: '203.0.113.8', userAgent: 'sqlmap/1.9' },
};
const lock: Part = { action: 'user.locked', outcome: 'failure', actor: person('locked@example.com') };
const azure: Part = {
  action: 'user.role.granted',
  actor: person('admin@example.com'),
  scope: { role: 'Global Administrator' },
};
const published: Part = {
  action: 'repo.access',
  actor: { type: 'user', id: 'octo' },
  scope: { repo: 'example/secret' },
  properties: { visibility: 'public' },
};
const logon: Part = {
  action: 'user.login',
  outcome: 'failure',
  actor: { type: 'user', name: 'Administrator' },
  source: { ip: '203.0.113.12' },
};
const failed = (email: string, ip?: string) =>
  entry({ action: 'user.login', outcome: 'failure', actor: person(email), ...(ip && { source: { ip } }) });

export const CASES: readonly SigmaCase[] = [
  {
    title: 'Failed Sign-In of a Service Account',
    about: 'audit_action=user.login, client_address=203.0.113.1, who=svc-backup',
    entries: [entry(serviceSignIn)],
    nearMisses: variants(serviceSignIn, [
      { outcome: 'success' },
      { action: 'user.logout' },
      { actor: { type: 'service', id: 'a-svc-backup' } },
    ]),
  },
  {
    title: 'Administration From Outside the Company',
    about: 'audit_action=user.role.granted, client_address=203.0.113.2, who=boss@example.com',
    entries: [entry(roleChange)],
    nearMisses: variants(roleChange, [
      { source: { ip: '10.1.2.3' } },
      { source: { ip: '2001:db8:aaaa::7' } },
      { actor: person('emergency@example.com') },
      { scope: { role: 'owners' } },
      { action: 'user.roles' },
    ]),
  },
  {
    title: 'Large Export of Customer Data',
    about: 'audit_action=data.exported, who=exporter@example.com',
    entries: [entry(exported)],
    nearMisses: variants(exported, [
      { properties: { rows: 999, data: { kind: 'customers' } } },
      { properties: { rows: 5000, data: { kind: 'products' } } },
      // Not a number: no match, and no failure of the query.
      { properties: { rows: 'many', data: { kind: 'customers' } } },
      { action: 'data.imported' },
    ]),
  },
  {
    title: 'Contractor Reads Salaries',
    about: 'audit_action=hr.salary.read, who=temp@example.com',
    entries: [entry(salary)],
    nearMisses: variants(salary, [
      { actor: { type: 'user', email: 'temp@example.com', groups: ['ex-contractors', 'contractors2'] } },
      { target: { type: 'salary-band', id: '7' } },
      // An end of a value is its end.
      { action: 'hr.salary.read.denied' },
    ]),
  },
  {
    title: 'Account Grants a Role to Itself',
    about: 'audit_action=user.role.granted, who=self@example.com',
    entries: [entry(selfGrant)],
    nearMisses: variants(selfGrant, [
      { target: { type: 'user', name: 'other@example.com' } },
      { target: { type: 'user' }, actor: { type: 'user', id: '7' } },
      { action: 'user.role.requested' },
    ]),
  },
  {
    title: 'Database Command in an Entry',
    about: 'audit_action=sql.run, who=dba@example.com',
    entries: [entry({ action: 'sql.run', actor: person('dba@example.com'), properties: { text: 'DROP TABLE users' } })],
    nearMisses: [entry({ properties: { text: 'drop the table' } }), entry({ description: 'droptable' })],
  },
  {
    title: 'Error of the Authenticator',
    about: 'audit_action=sso.checked, who=ada@example.com',
    entries: [entry({ action: 'sso.checked', error: { message: 'sso: signature of key 7 invalid (401)' } })],
    nearMisses: [
      entry({ action: 'sso.checked', error: { message: 'sso: signature invalid (401)' } }),
      entry({ action: 'sso.checked', error: { message: 'sso: signature of key 7 valid (401)' } }),
    ],
  },
  {
    title: 'Scan of the Administration Pages',
    about: 'audit_action=test.done, client_address=203.0.113.8, who=nobody',
    entries: [entry(scan)],
    nearMisses: variants(scan, [
      { request: { method: 'GET', endpoint: '/admin/users', status: 404 } },
      { request: { method: 'POST', endpoint: '/admin/users', status: 403 } },
      { request: { method: 'GET', endpoint: '/x/admin', status: 403 } },
      { source: { ip: '203.0.113.8', userAgent: 'curl/8' } },
    ]),
  },
  {
    title: 'Okta Account Locked',
    about: 'audit_action=user.locked, who=locked@example.com',
    entries: [entry(lock)],
    nearMisses: variants(lock, [{ outcome: 'success' }, { action: 'user.unlocked' }]),
  },
  {
    title: 'Azure Member Added to a Privileged Role',
    about: 'audit_action=user.role.granted, who=admin@example.com',
    entries: [entry(azure)],
    nearMisses: variants(azure, [
      { outcome: 'failure' },
      { scope: { role: 'Global Reader' } },
      { action: 'user.role.revoked' },
    ]),
  },
  {
    title: 'GitHub Repository Made Public',
    about: 'audit_action=repo.access, who=octo',
    entries: [entry(published)],
    nearMisses: variants(published, [
      { properties: { visibility: 'private' } },
      { properties: { text: 'public' } },
      { scope: { repo: 'other/example' } },
      { actor: { type: 'user', id: 'release-bot' } },
    ]),
  },
  {
    title: 'Windows Failed Logon From the Internet',
    about: 'audit_action=user.login, client_address=203.0.113.12, who=Administrator',
    entries: [entry(logon)],
    nearMisses: variants(logon, [
      { outcome: 'success' },
      { source: { ip: '192.168.7.7' } },
      { actor: { type: 'user', name: 'Administrators' } },
      { action: 'user.created' },
    ]),
  },
  {
    title: 'Many Failed Sign-Ins of One Account',
    about: 'who=guessed@example.com',
    // However the address is written.
    entries: times(8, (i) => failed(i % 2 ? 'Guessed@example.com' : 'guessed@example.com')),
    nearMisses: [
      ...times(7, () => failed('seven@example.com')),
      ...times(8, () => entry({ action: 'user.login', outcome: 'success', actor: person('eight@example.com') })),
    ],
  },
  {
    title: 'One Address Tries Many Accounts',
    about: 'client_address=203.0.113.15',
    entries: times(5, (i) => failed(`sprayed-${i}@example.com`, '203.0.113.15')),
    nearMisses: [
      ...times(4, (i) => failed(`few-${i}@example.com`, '203.0.113.16')),
      ...times(6, (i) => failed(`same-${i % 3}@example.com`, '203.0.113.17')),
    ],
  },
  {
    title: 'Role Granted and Data Exported by One Person',
    about: 'who=both@example.com',
    entries: ['user.role.granted', 'data.exported'].map((action) =>
      entry({ action, actor: person('both@example.com') }),
    ),
    nearMisses: [
      entry({ action: 'user.role.granted', actor: person('one@example.com') }),
      entry({ action: 'data.exported', actor: person('another@example.com') }),
    ],
  },
];

const VALUES = [
  '`) or (audit_action!="',
  '"} or {audit_channel=~".+"} |= "',
  'back\\slash [a-z]+ (x|y) ^$ {{.Value}} {% raw %} %s',
  'new\nline # auditrail-rule "alert": "y"',
  'quotes \' " and 日本 😀',
];
export const HOSTILE_TITLE = 'Hostile {{ .Value }} "\'`\\ <b> 日本 😀';
export const HOSTILE_RULES = VALUES.map((value, i) =>
  JSON.stringify({
    title: `${HOSTILE_TITLE} ${i}`,
    description: '{{ .Value }} $1 {{{ "x" }}} <b>\n# auditrail-rule "alert": "x"',
    logsource: { product: 'auditrail' },
    // In Sigma, a backslash escapes wildcards only.
    detection: { selection: { targetName: value }, condition: 'selection' },
  }),
).join('\n---\n');
export const HOSTILE_ENTRIES: readonly AuditEntryInput[] = VALUES.map((name) =>
  entry({ action: 'hostile.done', actor: { type: 'user', name: '<b> @channel' }, target: { type: 'x', name } }),
);
