/** Signs in a text that may be a secret, or precede one. Most texts have none, and cost only this check. */
export const SIGNS = {
  /** `=`, `:`, a quote or `<`: a name and its value. */
  pair: 1,
  /** A long word: a credential. */
  long: 2,
  /** Enough digits for a card number. */
  digits: 4,
  /** A word such as `password` or `BEGIN`. */
  word: 8,
} as const;

const LONG = 16;
const CARD = 13;
const OTHER = 0;
const PAIR = 1;
const WORD = 2;
const DIGIT = 3;
// `pin 123`
const SHORTEST_PHRASE = 7;
const SPACE = 32;
const DASH = 45;

const kinds = new Uint8Array(128);
for (let code = 0; code < kinds.length; code++) {
  const char = String.fromCharCode(code);
  if (/\d/.test(char)) kinds[code] = DIGIT;
  else if (/[\w-]/.test(char)) kinds[code] = WORD;
  else if (/[=:"'<%]/.test(char)) kinds[code] = PAIR;
}

// In one expression, the words would cost more than all other signs together in a loop.
const WORDS =
  /[Pp](?:ass|ASS|in|IN)|[OoMm][Tt][PpAa]|[Cc](?:[Vv][VvCc]|ode)|CODE|[Bb](?:ear|EAR|asic|ASIC)|[Ss]ecret|SECRET|[Tt]oken|TOKEN|[Aa][Pp][Ii].[Kk]|-[Kk]ey|BEGIN |eyJ|mysql|masterauth|[Ii]dentified|IDENTIFIED| -[uUp]| --(?:user|proxy)|\$(?:2[abxy]?|[156])\$|\$(?:argon|scrypt|pbkdf)|\{S/;

/** The {@link SIGNS} of a text, as bits. */
export function signsOf(text: string): number {
  let signs = 0;
  let word = 0;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const kind = code < 128 ? kinds[code] : OTHER;
    if (kind === DIGIT) {
      word++;
      if (++digits === CARD) signs |= SIGNS.digits;
    } else if (kind === WORD) {
      word++;
      if (code !== DASH) digits = 0;
    } else {
      word = 0;
      if (code !== SPACE) digits = 0;
      if (kind === PAIR) signs |= SIGNS.pair;
    }
    if (word === LONG) signs |= SIGNS.long;
  }
  return text.length >= SHORTEST_PHRASE && WORDS.test(text) ? signs | SIGNS.word : signs;
}
