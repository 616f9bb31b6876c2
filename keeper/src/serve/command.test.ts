import { parseOrgs } from './command.ts';

it('reads the tenants of organizations', () => {
  expect(parseOrgs('1=audit, 2=sales')).toEqual(
    new Map([
      [1, 'audit'],
      [2, 'sales'],
    ]),
  );
  for (const text of ['', '1', '1=', '1=..', '1=a|b', 'x=a', '1=audit;2=sales']) {
    expect(() => parseOrgs(text)).toThrow('is not like 1=audit,2=sales');
  }
});
