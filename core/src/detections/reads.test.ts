import { CATALOGUE, ruleOf } from './catalogue.ts';
import type { DetectionEvent } from './event.ts';
import type { Pattern } from './pattern.ts';
import { fieldsOf, readsOf, requiredSelections, smallEvent } from './reads.ts';
import { parseSettings } from './settings.ts';

const settings = parseSettings({});
const rules = CATALOGUE.map((detection) => ruleOf(detection, settings));

test.each(rules.map(({ id, pattern }) => [id, pattern] as const))('%s reads what its selections need', (_, pattern) => {
  const { filters = [] } = readsOf(pattern);
  // Without a condition, all entries are read, which only a silence needs.
  expect(filters.length > 0).toBe(pattern.kind !== 'silence');
  for (const { filters: wanted } of requiredSelections(pattern)) {
    for (const { field, values } of filters) {
      const own = wanted.find((condition) => condition.field === field && condition.operator === 'is any of');
      expect(values).toEqual(expect.arrayContaining(own?.values ?? ['-']));
    }
  }
});

const signIns: Pattern = {
  kind: 'count',
  select: {
    filters: [
      { field: 'action', operator: 'is any of', values: ['user.login'] },
      { field: 'outcome', operator: 'is any of', values: ['failure'] },
      { field: 'errorCode', operator: 'is not any of', values: ['locked'] },
    ],
    present: ['ip'],
  },
  by: ['actor'],
  minutes: 5,
  atLeast: 3,
  except: {
    successes: {
      filters: [
        { field: 'action', operator: 'is any of', values: ['ssh.login', 'user.login'] },
        { field: 'outcome', operator: 'is any of', values: ['success'] },
      ],
    },
    of: 'targetId',
    moreThan: 2,
  },
};

test('the query has the values of all selections', () => {
  expect(readsOf(signIns).filters).toEqual([
    { field: 'action', operator: 'is any of', values: ['user.login', 'ssh.login'] },
    { field: 'outcome', operator: 'is any of', values: ['failure', 'success'] },
  ]);
});

test('the fields are those of conditions and keys', () => {
  const actor = ['email', 'actorId', 'actorName', 'actorType'];
  expect(fieldsOf(signIns)).toEqual(['action', 'outcome', 'errorCode', 'ip', ...actor, 'targetId']);
});

test('a small event has the same values of its fields', () => {
  const event: DetectionEvent = { time: 7, value: (field) => (field === 'reason' ? undefined : `a ${field}`) };
  const small = smallEvent(event, ['ip', 'reason']);
  expect([small.time, small.value('ip'), small.value('reason'), small.value('email')]).toEqual([
    7,
    'a ip',
    undefined,
    undefined,
  ]);
});
