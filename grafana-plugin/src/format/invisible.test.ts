import { invisiblePieces, visible, visibleJson } from './invisible.ts';

test.each([
  ['user\u202eresu', 'user⟨U+202E⟩resu'],
  ['ad\u200bmin', 'ad⟨U+200B⟩min'],
  ['a\u200db', 'a⟨U+200D⟩b'],
  ['\u2066x\u2069', '⟨U+2066⟩x⟨U+2069⟩'],
  ['bell\u0007 del\u007f c1\u0085', 'bell⟨U+0007⟩ del⟨U+007F⟩ c1⟨U+0085⟩'],
  ['\ufeffa\u00adb', '⟨U+FEFF⟩a⟨U+00AD⟩b'],
  ['hidden\u{e0041}\u{e007f}', 'hidden⟨U+E0041⟩⟨U+E007F⟩'],
  ['\u3164', '⟨U+3164⟩'],
  ['one\u2028two', 'one⟨U+2028⟩two'],
  ['a\ufe0f', 'a⟨U+FE0F⟩'],
])('%j is shown as %s', (text, shown) => expect(visible(text)).toBe(shown));

test.each([
  'Ada Lovelace',
  'tab\tand\r\nnew lines',
  'שלום עולם',
  'می‌خواهم',
  'क्‍ष',
  '👩‍👩‍👧 ❤️ 1️⃣',
  '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  '葛󠄀',
  'Größe 日本語 Роман é',
])('%s has no invisible characters', (text) => {
  expect(visible(text)).toBe(text);
  expect(invisiblePieces(text)).toBeUndefined();
  expect(visibleJson(JSON.stringify(text))).toBe(JSON.stringify(text));
});

test('pieces form the text, with the invisible characters identified', () => {
  const text = '\u202eab\u200bc';
  const pieces = invisiblePieces(text) ?? [];
  expect(pieces.map((piece) => piece.text).join('')).toBe(text);
  expect(pieces.map(({ code }) => code)).toEqual(['U+202E', undefined, 'U+200B', undefined]);
});

test('JSON keeps its meaning', () => {
  const value = { 'a\u200b': 'user\u202eresu', tag: 'x\u{e0041}', text: '\u0007\u2028' };
  const json = visibleJson(JSON.stringify(value));
  expect(json).toContain('user\\u202eresu');
  expect(json).toContain('\\udb40\\udc41');
  expect(JSON.parse(json)).toEqual(value);
});
