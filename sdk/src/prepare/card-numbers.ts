const BRANDS = [
  /^4(?:\d{12}|\d{15}|\d{18})$/, // Visa
  /^(?:5[1-5]|2[2-7])\d{14}$/, // Mastercard
  /^3[47]\d{13}$/, // American Express
  /^3(?:0[0-5]|[68]\d)\d{11}$/, // Diners Club
  /^6(?:011|4[4-9]\d|5\d\d)\d{12,15}$/, // Discover
  /^(?:62|35)\d{14,17}$/, // UnionPay, JCB
  /^(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}$/, // Maestro
];
// The groupings of printed cards. Others are telephone numbers, UUIDs, dates.
const LAYOUTS = [
  [4, 4, 4, 4, 3],
  [4, 4, 4, 4],
  [4, 6, 5],
  [4, 6, 4],
];
const DIGITS = /\d[\d -]{11,}\d/g;

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

/** Whether the digits are the number of a payment card: prefix and length of a known brand, and the Luhn check digit. */
export function isCardNumber(digits: string): boolean {
  return digits.length <= 19 && BRANDS.some((brand) => brand.test(digits)) && passesLuhn(digits);
}

// How many groups from `at` on form a card number; 0 if they do not.
function groupsOfCard(groups: readonly string[], at: number): number {
  const first = groups[at] ?? '';
  if (first.length >= 12) return isCardNumber(first) ? 1 : 0;
  if (first.length !== 4) return 0;
  for (const layout of LAYOUTS) {
    const taken = groups.slice(at, at + layout.length);
    if (taken.length === layout.length && layout.every((length, i) => taken[i]?.length === length)) {
      if (isCardNumber(taken.join(''))) return layout.length;
    }
  }
  return 0;
}

/** Replaces the card numbers in a text, written with or without groups. */
export function cardNumbers(text: string, hide: (digits: string) => string): string {
  return text.replace(DIGITS, (run: string, offset: number) => {
    // Digits that continue as a word, or follow a decimal point, are not a card number.
    const before = /[\w.]/.test(text[offset - 1] ?? '');
    const after = /\w/.test(text[offset + run.length] ?? '');
    const parts = run.split(/([ -])/);
    const groups = parts.filter((_, i) => i % 2 === 0);
    let out = '';
    for (let at = 0; at < groups.length;) {
      let taken = at === 0 && before ? 0 : groupsOfCard(groups, at);
      if (taken > 0 && after && at + taken === groups.length) taken = 0;
      const end = at + Math.max(taken, 1);
      const card = groups.slice(at, end).join('');
      out += taken > 0 ? hide(card) : card;
      out += parts[end * 2 - 1] ?? '';
      at = end;
    }
    return out;
  });
}
