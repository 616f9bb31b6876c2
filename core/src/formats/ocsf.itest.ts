import fc from 'fast-check';
import type { AuditEntryInput } from '../entry/entry.ts';
import {
  agentInput,
  anyExportLines,
  exportLine,
  exportLineOf1,
  exportText,
  foreignLine,
} from '../testing/export-lines.ts';
import { runPython } from '../testing/run-python.ts';
import { ocsfFormat } from './ocsf.ts';

/** Problems of each event by OCSF's own schema. */
const problemsOf = (text: string) =>
  runPython<string[]>('validate_ocsf.py', ['ocsf-json-schema==1.2.0', 'jsonschema==4.25.1'], text);

// The first run installs the schema.
jest.setTimeout(120_000);

const ada: AuditEntryInput['actor'] = {
  type: 'user',
  id: '7',
  name: 'Ada',
  email: 'ada@example.com',
  groups: ['admins'],
};
const request = { method: 'POST', endpoint: '/x', status: 201, operation: 'MakeX' };
const source = { ip: '2001:db8::7', userAgent: 'Firefox', sessionId: 's1', deviceId: 'd1' };
const user = { type: 'user', id: '9', name: 'Bob' };

const samples: [input: Partial<AuditEntryInput> & { action: string }, classUid: number, activity: number][] = [
  [{ action: 'user.login' }, 3002, 1],
  [{ action: 'user.logout' }, 3002, 2],
  [{ action: 'user.created', target: user }, 3001, 1],
  [{ action: 'user.password_changed', target: user }, 3001, 3],
  [{ action: 'user.deleted', target: user }, 3001, 6],
  [{ action: 'user.role_granted', target: user }, 3001, 99],
  [{ action: 'invoice.created', target: { type: 'invoice', id: '42' } }, 3004, 1],
  [{ action: 'pii.read', target: user }, 3004, 2],
  [{ action: 'invoice.updated', target: { type: 'invoice' } }, 3004, 3],
  [{ action: 'invoice.paid', target: { type: 'invoice', name: 'n' } }, 3004, 99],
  [{ action: 'report.viewed', source, request }, 6003, 2],
  [{ action: 'backup.finished', actor: { type: 'system' } }, 0, 99],
];

test('each kind of entry is of its class, and valid', async () => {
  const lines = samples.map(([input], n) =>
    exportLine({ description: 'd', actor: ada, error: { code: 'E', message: 'm' }, ...input }, n),
  );
  const text = exportText(ocsfFormat, lines);
  const events = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events.map((event) => [event.class_uid, event.activity_id, event.type_uid])).toEqual(
    samples.map(([, uid, activity]) => [uid, activity, uid * 100 + activity]),
  );
  expect(events.map((event) => event.raw_data)).toEqual(lines.map(({ line }) => line));
  expect(await problemsOf(text)).toEqual(lines.map(() => []));
});

test('an agent for a person is valid in each class, and nothing of it is lost', async () => {
  const { target, ...withoutTarget } = agentInput;
  const inputs = [
    agentInput,
    { ...withoutTarget, target, action: 'user.login' },
    { ...agentInput, target: user },
    { ...withoutTarget, source },
    withoutTarget,
  ];
  const lines = [...inputs.map((input, n) => exportLine(input, n)), exportLineOf1(agentInput, inputs.length)];
  const text = exportText(ocsfFormat, lines);
  expect(await problemsOf(text)).toEqual(lines.map(() => []));
  const { onBehalfOf, related, actor } = agentInput;
  const agent = { name: 'support-bot', version: '1.4', model: 'm-large', run_id: actor.agent.runId };
  const unmapped = { on_behalf_of: onBehalfOf, agent };
  const whole = { actor: { app_name: 'support-bot', user: { name: 'support-bot', type: 'AI agent' } } };
  const withRequest = { ...whole, http_request: { uid: 'req-1' } };
  const resources = [
    { type: 'customer', uid: '99', name: 'Bob' },
    { type: 'order', uid: 'o-1' },
  ];
  const events = text.trim().split('\n');
  expect(events.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { class_uid: 3004, comment: 'Ticket 7', ...withRequest, unmapped: { ...unmapped, related } },
    { class_uid: 3002, ...withRequest, unmapped: { ...unmapped, related, reason: 'Ticket 7' } },
    { class_uid: 3001, ...withRequest, unmapped: { ...unmapped, related, reason: 'Ticket 7' } },
    { class_uid: 6003, ...withRequest, resources, unmapped: { ...unmapped, reason: 'Ticket 7' } },
    { class_uid: 0, unmapped: { ...unmapped, related, reason: 'Ticket 7', request_id: 'req-1' } },
    { class_uid: 3004, actor: { user: { uid: 'bot-1' } } },
  ]);
});

test('unusual entries and lines of other programs are valid', async () => {
  const lines = [...fc.sample(anyExportLines, { numRuns: 200, seed: 3 }).flat(), foreignLine('no {entry')];
  expect(await problemsOf(exportText(ocsfFormat, lines))).toEqual(lines.map(() => []));
});

test('the schema finds errors', async () => {
  const [valid = ''] = exportText(ocsfFormat, [
    exportLine({ action: 'user.login', description: '', actor: ada }),
  ]).split('\n');
  const wrong = { ...(JSON.parse(valid) as object), severity_id: 'high', user: {}, extra: 1 };
  const [problems = []] = await problemsOf(`${JSON.stringify(wrong)}\n`);
  expect(problems.length).toBeGreaterThanOrEqual(3);
});
