import { UsageError } from '../terminal/usage-error.ts';
import { parseWhere } from './where.ts';

it('reads conditions as the page writes them', () => {
  const query = parseWhere([
    ...['action=user.login', 'action=user.logout', 'outcome!=success', 'endpoint~=/users', 'endpoint~=?x=1&y'],
    ...['user=ada+b@example.com', 'scope.project=a b', 'q=50% = "half"'],
  ]);
  expect(query).toEqual({
    filters: [
      { field: 'action', operator: 'is any of', values: ['user.login', 'user.logout'] },
      { field: 'outcome', operator: 'is not', values: ['success'] },
      { field: 'endpoint', operator: 'contains', values: ['/users'] },
      { field: 'endpoint', operator: 'contains', values: ['?x=1&y'] },
      { field: 'email', operator: 'is', values: ['ada+b@example.com'] },
      { field: 'scope.project', operator: 'is', values: ['a b'] },
    ],
    search: '50% = "half"',
  });
  expect(parseWhere([])).toEqual({});
});

it.each(['action', '=x', 'nonsense=1', '__proto__=1', 'action=', 'outcome=maybe', 'outcome~=fail', 'ip=10.0.0.0/99'])(
  'refuses %s',
  (condition) => expect(() => parseWhere([condition])).toThrow(UsageError),
);

it('accepts one search only', () => expect(() => parseWhere(['q=a', 'q=b'])).toThrow('q= can be given once'));
