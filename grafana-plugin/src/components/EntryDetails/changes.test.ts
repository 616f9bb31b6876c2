import fc from 'fast-check';
import { lineRuns, showChange, type Piece } from './changes.ts';
import { differ } from './diff.ts';

const side = (pieces: readonly Piece[], one: 'before' | 'after') =>
  pieces
    .filter((piece) => piece.in === 'both' || piece.in === one)
    .map(({ text }) => text)
    .join('');

test('words that differ are marked; the others are on both sides', () => {
  const shown = showChange({ path: 'title', before: 'the old red tea', after: 'the new red tea' }, differ);
  expect(shown).toMatchObject({ kind: 'changed', layout: 'sides' });
  expect(shown.pieces.filter((piece) => piece.in !== 'both')).toEqual([
    { text: 'old', in: 'before' },
    { text: 'new', in: 'after' },
  ]);
});

test('nested values are compared by lines', () => {
  const before = { a: 1, list: ['x', 'y'], z: null };
  const { layout, pieces } = showChange({ path: '', before, after: { ...before, a: 2 } }, differ);
  expect(layout).toBe('lines');
  expect(pieces.filter((piece) => piece.in !== 'both').map(({ text }) => text.trim())).toEqual(['"a": 1,', '"a": 2,']);
});

test('added and removed values are distinguished from changed ones', () => {
  expect(showChange({ path: 'p', after: 'x' })).toMatchObject({ kind: 'added', pieces: [{ text: 'x', in: 'after' }] });
  expect(showChange({ path: 'p', before: null })).toMatchObject({
    kind: 'removed',
    pieces: [{ text: 'null', in: 'before' }],
  });
});

test('1 and "1" are distinguished', () => {
  expect(showChange({ path: 'p', before: 1, after: '1' }).pieces.map(({ text }) => text)).toEqual(['1', '"1"']);
});

test('without a result of the comparison, both texts are shown completely', () => {
  const long = 'a b '.repeat(60_000);
  for (const shown of [
    showChange({ path: 'p', before: 'a b', after: 'a c' }),
    showChange({ path: 'p', before: long, after: 'a c' }, differ),
  ]) {
    expect(shown.pieces.map((piece) => piece.in)).toEqual(['before', 'after']);
  }
});

test('the pieces of each side always form its text', () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 12 });
  const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, fc.constantFrom('words' as const, 'lines' as const), (before, after, by) => {
      const pieces = differ(before, after, by) ?? [];
      expect(side(pieces, 'before')).toBe(before);
      expect(side(pieces, 'after')).toBe(after);
    }),
  );
});

test('long unchanged parts are left out, with their number of lines', () => {
  const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${from + i}\n`).join('');
  const pieces: Piece[] = [
    { text: lines(0, 10), in: 'both' },
    { text: 'x\n', in: 'before' },
    { text: lines(10, 30), in: 'both' },
    { text: 'y\n', in: 'after' },
    { text: lines(30, 32), in: 'both' },
  ];
  expect(lineRuns(pieces).map(({ lines: shown, hidden }) => [shown.join(' '), hidden])).toEqual([
    ['', 7],
    ['7 8 9', 0],
    ['x', 0],
    ['10 11 12', 14],
    ['27 28 29', 0],
    ['y', 0],
    ['30 31', 0],
  ]);
});
