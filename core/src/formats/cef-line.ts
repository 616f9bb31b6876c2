/**
 * The longest values, in characters, by ArcSight's Common Event Format, Implementation Standard (version 26, "Extension
 * Dictionary"); 0 if the key's type limits it. A longer value is cut: the complete one is in NDJSON.
 */
export const CEF_KEYS = {
  rt: 0,
  externalId: 40,
  act: 63,
  cat: 1023,
  outcome: 63,
  reason: 1023,
  msg: 1023,
  suser: 1023,
  suid: 1023,
  sproc: 1023,
  duser: 1023,
  duid: 1023,
  src: 0,
  c6a2: 0,
  c6a2Label: 1023,
  requestMethod: 1023,
  request: 1023,
  requestClientApplication: 1023,
  sourceServiceName: 1023,
  deviceExternalId: 255,
  cn1: 0,
  cn1Label: 1023,
  flexString1: 1023,
  flexString1Label: 128,
  flexString2: 1023,
  flexString2Label: 128,
  cs1: 4000,
  cs1Label: 1023,
  cs2: 4000,
  cs2Label: 1023,
  cs3: 4000,
  cs3Label: 1023,
  cs4: 4000,
  cs4Label: 1023,
  cs5: 4000,
  cs5Label: 1023,
  cs6: 4000,
  cs6Label: 1023,
} as const;

export type CefExtension = Partial<Record<keyof typeof CEF_KEYS, string | undefined>>;

/** The part of a CEF line before its extension. */
export interface CefHeader {
  /** "Device Event Class ID": the kind of event. */
  classId: string;
  name: string;
  /** 0 to 10. */
  severity: number;
}

const DEVICE = ['Auditrail', 'Audit log', '1'] as const;
const CUT = '…';
// CEF cannot express control characters other than line ends and tabs; they end a line in some receivers.
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029]/g;

function cut(text: string, characters: number): string {
  if (characters === 0 || text.length <= characters) return text;
  // Never between the two halves of a character outside of the basic plane.
  return text.slice(0, characters - 1).replace(/[\ud800-\udbff]$/, '') + CUT;
}

// "If a pipe or backslash is used in the header, it has to be escaped with a backslash"; no line may end in it.
function headerText(text: string): string {
  return text
    .replace(/[\r\n\t]+/g, ' ')
    .replace(CONTROL, ' ')
    .replace(/[\\|]/g, '\\$&');
}

// "Pipes in the extension do not need escaping"; backslash, equal sign and line ends do.
function extensionText(text: string): string {
  return text.replace(CONTROL, ' ').replace(/[\\=]/g, '\\$&').replaceAll('\r', '\\r').replaceAll('\n', '\\n');
}

/**
 * One event in ArcSight's Common Event Format, version 0, without line end. Fields that are `undefined` or empty are left
 * out.
 *
 * @example cefLine({ classId: 'user.login', name: 'user login', severity: 2 }, { suser: 'ada@example.com' })
 * // CEF:0|Auditrail|Audit log|1|user.login|user login|2|suser=ada@example.com
 */
export function cefLine({ classId, name, severity }: CefHeader, extension: CefExtension): string {
  const header = [...DEVICE, cut(classId, 1023), cut(name, 512), String(severity)].map(headerText);
  const pairs = Object.entries(extension).flatMap(([key, value]) =>
    value ? [`${key}=${extensionText(cut(value, CEF_KEYS[key as keyof typeof CEF_KEYS]))}`] : [],
  );
  return `CEF:0|${header.join('|')}|${pairs.join(' ')}`;
}
