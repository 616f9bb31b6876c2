// RFC 9562, section 5.7: 48 bits of milliseconds since 1970, then the version and the variant.
const UUID_V7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/**
 * The time in an entry's id, in milliseconds since 1970: when the id was created. An imported entry happened at another
 * time.
 *
 * @returns undefined if the text is not a UUIDv7, so not an entry's id.
 * @example entryIdTime('019a8f3e-7a10-7000-8000-000000000001') // 1763373120016
 */
export function entryIdTime(id: string): number | undefined {
  const [, high, low] = UUID_V7.exec(id) ?? [];
  return high && low ? Number.parseInt(high + low, 16) : undefined;
}
