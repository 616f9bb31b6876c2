const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}$/;

/** 4 or 6 if a text is an IP address in standard notation, without port or zone; otherwise `undefined`. */
export function ipVersion(text: string): 4 | 6 | undefined {
  if (V4.test(text) && !text.endsWith('.')) return 4;
  if (!text.includes(':') || !/^[0-9a-fA-F:.]+$/.test(text)) return undefined;
  // The URL standard's host parser accepts every spelling of RFC 4291, in Node and in browsers.
  return URL.canParse(`http://[${text}]/`) ? 6 : undefined;
}
