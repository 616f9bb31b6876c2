import { parseSavedViews, SAVED_VIEW_LIMITS } from './saved-view.ts';
import { isShown, queryOf, viewOf } from './saved-views.ts';
import { DEFAULT_VIEW, type View } from './view.ts';

test('a saved view is its address, and shows the same view', () => {
  const view: View = {
    ...DEFAULT_VIEW,
    tab: 'tasks',
    filters: [{ field: 'ip', operator: 'is not', values: ['10.0.0.0/8'] }],
  };
  const saved = { name: 'mine', query: queryOf(view) };
  expect(saved.query).toBe('?tab=tasks&ip!=10.0.0.0/8');
  expect(viewOf(saved)).toEqual(view);
  expect(isShown(saved, view)).toBe(true);
  expect(isShown(saved, DEFAULT_VIEW)).toBe(false);
});

test('stored data can have any form', () => {
  for (const odd of [null, 1, 'x', {}, undefined]) expect(parseSavedViews(odd)).toBeUndefined();
  const long = 'x'.repeat(SAVED_VIEW_LIMITS.queryChars + 1);
  const stored = [null, 1, {}, { name: 'a', query: 1 }, { name: ' ', query: '' }, { name: 'long', query: long }];
  expect(parseSavedViews([...stored, { name: 'a', query: '?q=1', more: 1 }])).toEqual([{ name: 'a', query: '?q=1' }]);
  const many = Array.from({ length: 99 }, (_, i) => ({ name: `${i}`, query: '' }));
  expect(parseSavedViews(many)).toHaveLength(SAVED_VIEW_LIMITS.views);
  // As with links, invalid parts of a query are left out.
  expect(viewOf({ name: 'bad', query: '?outcome=maybe&tab=x&from=never' })).toEqual(DEFAULT_VIEW);
});
