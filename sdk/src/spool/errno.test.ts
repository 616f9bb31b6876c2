import { folderProblem } from './errno.ts';

test.each(['EROFS', 'EACCES', 'EPERM'])('%s is named with its remedy', (code) => {
  const error = Object.assign(new Error(`${code}: mkdir`), { code });
  expect(folderProblem('/data/spool', error)).toMatch(new RegExp(`\\(${code}\\): .* option spool; ${code}: mkdir`));
});

test('other problems keep their own message', () => {
  expect(folderProblem('/', Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }))).toBe(
    'ENOSPC: no space left',
  );
});
