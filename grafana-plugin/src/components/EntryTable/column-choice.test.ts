import { moved, parseChoice, resized, storedChoice, toggled, WIDTH } from './column-choice.ts';

const KNOWN = new Set(['when', 'actor', 'ip']);
const choice = { shown: ['when', 'actor', 'ip'], widths: { ip: 120 } };

test.each([
  [choice, choice],
  [{ shown: ['ip', 'ip', 'nonsense', 7, 'when'] }, { shown: ['ip', 'when'], widths: {} }],
  [
    { shown: ['ip'], widths: { ip: 1e9, when: -5, actor: '90', other: 80 } },
    { shown: ['ip'], widths: { ip: WIDTH.max, when: WIDTH.min } },
  ],
  [
    { shown: ['ip'], widths: { ip: Number.NaN, __proto__: 7 } },
    { shown: ['ip'], widths: {} },
  ],
  [{ shown: [] }, undefined],
  [{ shown: ['nonsense'] }, undefined],
  [{ shown: 'ip' }, undefined],
  [null, undefined],
  ['ip', undefined],
  [[], undefined],
])('uses the valid parts of a stored choice: %j', (stored, parsed) => {
  expect(parseChoice(stored, KNOWN)).toEqual(parsed);
});

test('a choice from before "reason" was renamed keeps its columns and widths', () => {
  const known = new Set(['when', 'errorMessage', 'reason']);
  const shown = ['when', 'reason'];
  expect(parseChoice({ shown, widths: { reason: 300 } }, known)).toEqual({
    shown: ['when', 'errorMessage'],
    widths: { errorMessage: 300 },
  });
  expect(parseChoice({ shown: ['statedReason', 'reason'], widths: { statedReason: 200 } }, known)).toEqual({
    shown: ['reason', 'errorMessage'],
    widths: { reason: 200 },
  });
  const choice = { shown, widths: { reason: 300 } };
  expect(parseChoice(JSON.parse(JSON.stringify(storedChoice(choice))), known)).toEqual(choice);
});

test('a column is removed, and added at the end; the last one stays', () => {
  expect(toggled(choice, 'when').shown).toEqual(['actor', 'ip']);
  expect(toggled(toggled(choice, 'when'), 'when').shown).toEqual(['actor', 'ip', 'when']);
  expect(toggled({ shown: ['ip'], widths: {} }, 'ip').shown).toEqual(['ip']);
});

test.each([
  ['ip', 0, ['ip', 'when', 'actor']],
  ['when', 1, ['actor', 'when', 'ip']],
  ['when', 99, ['actor', 'ip', 'when']],
  ['actor', -1, ['actor', 'when', 'ip']],
  ['other', 0, ['when', 'actor', 'ip']],
])('%s moves to position %d', (id, position, shown) => {
  expect(moved(choice, id, position)).toEqual({ ...choice, shown });
});

test('a width is limited, and can be reset', () => {
  expect(resized(choice, 'when', 200.4).widths).toEqual({ ip: 120, when: 200 });
  expect(resized(choice, 'ip', 1).widths).toEqual({ ip: WIDTH.min });
  expect(resized(choice, 'ip', undefined).widths).toEqual({});
});
