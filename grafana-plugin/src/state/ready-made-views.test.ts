import { readyMadeViews } from './ready-made-views.ts';
import { queryOf, viewOf } from './saved-views.ts';
import { parseView } from './view.ts';

const all = readyMadeViews().flatMap(({ views }) => views);

it.each(all)('$name is a valid view with filters', ({ query }) => {
  const { view, problems, doubts } = parseView(new URLSearchParams(query));
  expect({ problems, doubts }).toEqual({ problems: [], doubts: [] });
  expect(view.filters.length).toBeGreaterThan(0);
  expect(view).toMatchObject({ from: 'now-7d', to: 'now' });
  expect(viewOf({ name: '', query: queryOf(view) })).toEqual(view);
});

it('has different names and views', () => {
  for (const member of ['id', 'name', 'query'] as const) {
    expect(new Set(all.map((one) => one[member])).size).toBe(all.length);
  }
});
