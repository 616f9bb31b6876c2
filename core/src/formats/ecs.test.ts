import { EcsFlat, EcsVersion } from '@elastic/ecs';
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
import { parseTime } from '../time.ts';
import { ecsFormat } from './ecs.ts';
import { ipVersion } from './ip-address.ts';

interface FieldOf {
  type: string;
  normalize: readonly string[];
  allowed_values?: readonly { name: string; expected_event_types?: readonly string[] }[];
}
const FIELDS = EcsFlat as unknown as Record<string, FieldOf | undefined>;

const FITS: Record<string, (value: unknown) => boolean> = {
  keyword: (value) => typeof value === 'string',
  wildcard: (value) => typeof value === 'string',
  match_only_text: (value) => typeof value === 'string',
  long: (value) => Number.isSafeInteger(value),
  ip: (value) => typeof value === 'string' && ipVersion(value) !== undefined,
  date: (value) => typeof value === 'string' && parseTime(value) !== undefined,
};

/** Problems of a document by the published schema. */
function problemsOf(document: object, path = ''): string[] {
  return Object.entries(document).flatMap(([name, value]: [string, unknown]) => {
    const full = path + name;
    // Our own top-level name, and a field with arbitrary members.
    if (full === 'auditrail') return [];
    if (full === 'labels') {
      return Object.values(value as object).every((label) => typeof label === 'string') ? [] : ['labels: not of text'];
    }
    const field = FIELDS[full];
    if (!field) {
      return typeof value === 'object' && value !== null ? problemsOf(value, `${full}.`) : [`${full}: no field`];
    }
    const values: unknown[] = Array.isArray(value) ? value : [value];
    const problems: string[] = [];
    if (Array.isArray(value) !== field.normalize.includes('array')) problems.push(`${full}: array or not`);
    if (!values.every((one) => FITS[field.type]?.(one))) problems.push(`${full}: no ${field.type}`);
    const allowed = field.allowed_values?.map((one) => one.name);
    if (allowed && !values.every((one) => allowed.includes(String(one)))) problems.push(`${full}: not allowed`);
    return problems;
  });
}

interface Document {
  event: { category?: string[]; type?: string[]; original: string };
}

/** The types that the event's categories do not allow. */
function unexpectedTypes({ event: { category = [], type = [] } }: Document): string[] {
  const known = FIELDS['event.category']?.allowed_values?.filter(({ name }) => category.includes(name)) ?? [];
  const expected = known.flatMap(({ expected_event_types = [] }) => expected_event_types);
  return type.filter((one) => !expected.includes(one) && category.length > 0);
}

const read = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Document);

const actor: AuditEntryInput['actor'] = {
  type: 'user',
  id: '7',
  name: 'Ada',
  email: 'ada@example.com',
  groups: ['a', 'b'],
};
const more = {
  source: { ip: '2001:db8::7', userAgent: 'Firefox', sessionId: 's', deviceId: 'd' },
  request: { method: 'POST', endpoint: '/x', status: 500, operation: 'X' },
  error: { code: 'E', message: 'm' },
  scope: { project: 'Apollo' },
  changes: [{ path: 'a', before: 1, after: { b: null } }],
  properties: { 'a.b': [1] },
};

test.each<[string, Partial<AuditEntryInput>, string, string[]]>([
  ['user.login', {}, 'authentication', ['start']],
  ['user.logout', {}, 'authentication', ['end']],
  ['user.created', { target: { type: 'user', id: '9' } }, 'iam', ['user', 'creation']],
  ['pii.read', { target: { type: 'user', id: '9' } }, 'iam', ['user', 'info']],
  ['invoice.updated', { target: { type: 'invoice', id: '42' } }, 'configuration', ['change']],
  ['invoice.deleted', { target: { type: 'invoice', id: '42' } }, 'configuration', ['deletion']],
  ['backup.finished', { actor: { type: 'system' } }, 'configuration', ['info']],
])('%s is valid, and of its category and types', (action, input, category, type) => {
  const line = exportLine({ action, description: 'd', actor, ...more, ...input });
  const [document] = read(exportText(ecsFormat, [line]));
  expect(document).toMatchObject({
    ecs: { version: EcsVersion },
    event: { category: [category], type, original: line.line },
  });
  expect(problemsOf(document!)).toEqual([]);
  expect(unexpectedTypes(document!)).toEqual([]);
});

test('an agent for a person: the person is the effective user, and is found with all others', () => {
  const [document, older] = read(exportText(ecsFormat, [exportLine(agentInput), exportLineOf1(agentInput, 1)]));
  expect(document).toMatchObject({
    event: { reason: 'Ticket 7' },
    user: { id: 'bot-1', name: 'support-bot', effective: { id: 'planner', name: 'planner' } },
    gen_ai: { agent: { name: 'support-bot' }, request: { model: 'm-large' } },
    http: { request: { id: 'req-1', method: 'POST' } },
    related: { user: ['bot-1', 'planner', '42', 'grace@example.com', 'Grace', '99'] },
    auditrail: {
      actor_type: 'agent',
      agent: { version: '1.4', run_id: 'run-9' },
      on_behalf_of: agentInput.onBehalfOf,
      related: agentInput.related,
    },
  });
  expect(older).toMatchObject({ user: { id: 'bot-1' }, related: { user: ['bot-1'] } });
  for (const one of [document, older]) expect(problemsOf(one!)).toEqual([]);
});

test('unusual entries and lines of other programs are valid', () => {
  fc.assert(
    fc.property(anyExportLines, (lines) => {
      const documents = read(exportText(ecsFormat, [...lines, foreignLine('no {entry')]));
      expect(documents).toHaveLength(lines.length + 1);
      for (const document of documents) {
        expect(problemsOf(document)).toEqual([]);
        expect(unexpectedTypes(document)).toEqual([]);
      }
    }),
  );
});

test('the schema finds errors', () => {
  expect(
    problemsOf({ event: { kind: 'party', severity: '1', category: 'iam' }, source: { ip: 'x' }, nonsense: 1 }),
  ).toEqual([
    'event.kind: not allowed',
    'event.severity: no long',
    'event.category: array or not',
    'source.ip: no ip',
    'nonsense: no field',
  ]);
});
