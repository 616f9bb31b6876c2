import type { Hide } from './hide.ts';
import { nameFacts } from './secret-names.ts';
import { valueAt } from './secret-value.ts';

// Values that follow their name without `=` or `:`.

const CODE_NAMES =
  'otp|totp|pin|cvv2?|cvc2?|m?pin|mtan|passcode|one[- ]time[- ](?:code|password|passcode|pin)|(?:verification|security|confirmation|recovery|backup|access|auth(?:entication)?|mfa|2fa|sms|login|sign-in) code';
const CODE = new RegExp(
  `(?<![\\w-])((?:${CODE_NAMES})(?:[ \\t]{1,3}(?:code|number|no\\.?|is|was|of|entered|used)){0,3}[ \\t:=#]{1,4}["'\`]?)(\\d(?:[ -]?\\d){2,9})(?![\\d.,]*\\d)`,
  'gi',
);
const SAID =
  /(?<![\w-])((?:pass(?:word|phrase|wd|wort)|secret|token|api key)[ \t]{1,3}(?:(?:was |has been )?(?:changed|set|reset|updated|rotated) (?:from|to)|is|was|of|->|→)[ \t]{1,3})(["'`]?)([^\s"'`]{4,200})(?:([ \t]{1,3}(?:to|->|→)[ \t]{1,3}["'`]?)([^\s"'`]{4,200}))?/gi;
const OPTION = /(?<![\w-])--?([A-Za-z][\w-]{1,40})([ \t]{1,4})(?=[^\s-])/g;
const USER_OPTION =
  /(?<![\w-])((?:-u|--user|--proxy-user|-U)[ =]{0,2}["']?[^\s:"'/]{1,64}:)((?!\d{1,6}(?:\s|$))[^\s"']{1,256})/g;
const LOGIN_LINE = /((?:^|\s)login\s{1,8}\S{1,64}\s{1,8}password\s{1,8})(\S{1,256})/g;
const MYSQL =
  /((?<![\w-])(?:mysql|mysqldump|mysqladmin|mariadb|sshpass)\b[^\r\n|;&]{0,200}?\s-p ?)(?=\S)([^\s'"]{1,256}|'[^']{1,256}'|"[^"]{1,256}")/g;
const SQL =
  /((?<!\w)(?:identified\s{1,4}(?:with\s{1,4}\S{1,64}\s{1,4})?(?:by|as)|(?:with\s{1,4}|encrypted\s{1,4}|user\s{1,4}\S{1,64}\s{1,4}|role\s{1,4}\S{1,64}\s{1,4})password|set\s{1,4}password\s{1,4}for\s{1,4}\S{1,64}\s{0,4}=)\s{1,4}')((?:[^']|''){1,256})/gi;
const SETTING = /((?:^|\n)[ \t]{0,8}(?:requirepass|masterauth)[ \t]{1,8}"?)([^\s"]{1,256})/g;
const PASS_WORD = /((?<![\w-])-pass(?:in|out|word)?[ \t]{1,4}pass:)(\S{1,256})/g;

// "password is required" is a remark; a password has digits or symbols, or is quoted.
const looksChosen = (word: string) => word.length >= 6 && /\d/.test(word) && /[^\d.,:;%-]/.test(word);
const bare = (word: string) => word.replace(/[.,;:!?)]{0,4}$/, '');

/** Hides secrets in sentences, command lines and queries: `your OTP is 123456`, `--password x`, `IDENTIFIED BY 'x'`. */
export function hidePhrases(text: string, hide: Hide): string {
  const behind = (_: string, before: string, secret: string) => before + hide(secret);
  const word = (shown: string, quoted: boolean) => {
    const secret = bare(shown);
    const sign = /[!@#$%^&*]/.test(secret) && secret.length >= 6;
    return quoted || sign || looksChosen(secret) ? hide(secret) + shown.slice(secret.length) : shown;
  };
  return hideOptions(text, hide)
    .replace(PASS_WORD, behind)
    .replace(USER_OPTION, behind)
    .replace(MYSQL, behind)
    .replace(LOGIN_LINE, behind)
    .replace(SQL, behind)
    .replace(SETTING, behind)
    .replace(CODE, behind)
    .replace(
      SAID,
      (_: string, before: string, quote: string, first: string, to: string | undefined, second: string | undefined) => {
        const rest = to === undefined || second === undefined ? '' : to + word(second, /["'`]$/.test(to));
        return before + quote + word(first, quote !== '') + rest;
      },
    );
}

function hideOptions(text: string, hide: Hide): string {
  let out = '';
  let done = 0;
  OPTION.lastIndex = 0;
  for (let match = OPTION.exec(text); match; match = OPTION.exec(text)) {
    if (!nameFacts(match[1] ?? '').secret || match.index < done) continue;
    const context = { tight: true, query: false, encoded: false, line: false, quote: undefined, json: undefined };
    const value = valueAt(text, match.index + match[0].length, context);
    if (!value) continue;
    out += text.slice(done, value.start) + hide(value.secret);
    done = value.end;
  }
  return done === 0 ? text : out + text.slice(done);
}
