import { nameFacts } from './secret-names.ts';
import type { Hide } from './hide.ts';

// Values beside their names, in texts of XML, HTML, forms and JSON.

const ELEMENT = /(<(?:[\w-]{1,40}:)?([\w.-]{1,64})(?:\s[^<>]{0,200})?>(?:<!\[CDATA\[)?)([^<>\]]{1,4096})(?=\]\]>|<\/)/g;
const FORM_PART = /(name="([\w.[\]-]{1,64})"[^\r\n]{0,200}\r?\n\r?\n)([^\r\n]{1,4096})/g;
const NAMING = '(?:name|key|field|header|param|parameter|property|variable|attribute|id|k)';
const HOLDING = '(?:value|val|v|content|before|after|old|new|from|to|oldValue|newValue|stringValue)';
const MARK = '(?:\\\\{0,7}["\'])?';
const GAP = '\\s{0,4}[:=]\\s{0,4}';
const TEXT = '(?:[^"\'\\\\<>\\r\\n]|\\\\[^"\'\\r\\n]){1,512}';
const PAIR = new RegExp(
  `((?<![\\w-])${NAMING}${MARK}${GAP}${MARK}([\\w.-]{1,64})${MARK}[\\s,;]{1,16}${MARK}${HOLDING}${MARK}${GAP}${MARK})(${TEXT})`,
  'gi',
);
const TURNED = new RegExp(
  `((?<![\\w-])${HOLDING}${MARK}${GAP}${MARK})(${TEXT})(?=${MARK}[\\s,;]{1,16}${MARK}${NAMING}${MARK}${GAP}${MARK}([\\w.-]{1,64}))`,
  'gi',
);
const LIST_PAIR =
  /(\[\s{0,4}\\{0,7}["']([\w.-]{1,64})\\{0,7}["']\s{0,4},\s{0,4}\\{0,7}["'])([^"'\\]{1,4096})(?=\\{0,7}["']\s{0,4}\])/g;
const REMAINS = /^\s*(?:\[redacted|\$\{|true$|false$|null$|$)/;

/** Whether a list of two texts may be names of fields, and not a name and its value: `["password", "email"]`. */
export function isFieldName(text: string): boolean {
  return COMMON_FIELDS.has(text.toLowerCase()) || nameFacts(text).secret;
}

const COMMON_FIELDS = new Set(
  'email e-mail mail user username name firstname lastname first_name last_name fullname displayname id phone telephone mobile address street city zip country role roles group groups status state type title locale language timezone enabled active avatar image notes comment description url host port amount price quantity date birthday created_at updated_at createdat updatedat expires expiresat'.split(
    ' ',
  ),
);

/** Hides values beside the name of a secret: `<password>x</password>`, `name="DB_PASSWORD" value="x"`, `["X-Api-Key","x"]`. */
export function hideBesideNames(text: string, hide: Hide): string {
  const behind = (all: string, before: string, name: string, value: string) =>
    nameFacts(name).secret && !REMAINS.test(value) ? before + hide(value) : all;
  return text
    .replace(ELEMENT, behind)
    .replace(FORM_PART, behind)
    .replace(PAIR, behind)
    .replace(TURNED, (all: string, before: string, value: string, name: string) =>
      nameFacts(name).secret && !REMAINS.test(value) ? before + hide(value) : all,
    )
    .replace(LIST_PAIR, (all: string, before: string, name: string, value: string) =>
      isFieldName(value) ? all : behind(all, before, name, value),
    );
}
