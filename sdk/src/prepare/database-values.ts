// Values of database drivers, read from their data without calling their methods. People search a trail for their ids and
// amounts, which their own members do not show.

type Members = Record<string, unknown>;

const UUID_BYTES = 16;
const MAX_DIGITS = 6_200;

/** The text of a UUID, if the bytes are one by RFC 9562. */
export function uuidOf(bytes: Uint8Array): string | undefined {
  if (bytes.length !== UUID_BYTES) return undefined;
  const hex = Buffer.from(bytes).toString('hex');
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return /^.{14}[1-8].{4}[89ab]/.test(uuid) ? uuid : undefined;
}

const bytesIn = (value: unknown, length?: number): Uint8Array | undefined =>
  value instanceof Uint8Array && (length === undefined || value.length === length) ? value : undefined;

// MongoDB's driver names its types on their prototypes.
function bsonType(prototype: object): string | undefined {
  for (
    let at: object | null = prototype;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const own = Object.getOwnPropertyDescriptor(at, '_bsontype');
    if (!own) continue;
    // A getter of the driver that does not use `this`; it is called on a prototype only, never on the value.
    const type: unknown = own.get ? own.get.call(at) : own.value;
    return typeof type === 'string' ? type : undefined;
  }
  return undefined;
}

// 12 bytes, under a name or symbol that differs by version; since version 7, four numbers of 24 bits.
function objectId(value: object): string | undefined {
  const own = Reflect.ownKeys(value).map((key) => (value as Record<string | symbol, unknown>)[key]);
  const bytes = own.map((member) => bytesIn(member, 12)).find((member) => member !== undefined);
  if (bytes) return Buffer.from(bytes).toString('hex');
  const numbers = ['i0', 'i1', 'i2', 'i3'].map((key) => (value as Members)[key]);
  const isPart = (part: unknown): part is number =>
    Number.isInteger(part) && Number(part) >= 0 && Number(part) < 2 ** 24;
  if (numbers.every(isPart)) return numbers.map((part) => part.toString(16).padStart(6, '0')).join('');
  return own.find((member) => typeof member === 'string' && /^[0-9a-f]{24}$/.test(member)) as string | undefined;
}

function long({ low, high, unsigned }: Members): bigint | undefined {
  if (typeof low !== 'number' || typeof high !== 'number') return undefined;
  const bits = (BigInt(high | 0) << 32n) | BigInt(low >>> 0);
  return unsigned === true ? BigInt.asUintN(64, bits) : bits;
}

// IEEE 754-2008, binary integer decimal, 128 bits, little endian.
function decimal128(bytes: Uint8Array): string {
  let bits = 0n;
  for (let i = 15; i >= 0; i--) bits = (bits << 8n) | BigInt(bytes[i] ?? 0);
  const sign = bits >> 127n ? '-' : '';
  const top = Number((bits >> 122n) & 0x1fn);
  if (top === 0x1f) return 'NaN';
  if (top === 0x1e) return `${sign}Infinity`;
  const large = top >> 3 === 3;
  const exponent = Number((bits >> (large ? 111n : 113n)) & 0x3fffn) - 6176;
  // A coefficient of the large form has more than 34 digits, and counts as zero.
  const digits = large ? '0' : String(bits & ((1n << 113n) - 1n));
  return sign + decimalText(digits, exponent);
}

/** `digits` × 10^`exponent` in decimal notation. */
function decimalText(digits: string, exponent: number): string {
  const scientific = exponent + digits.length - 1;
  if (exponent > 0 || scientific < -6) {
    const rest = digits.slice(1);
    return `${digits[0]}${rest && '.'}${rest}e${scientific < 0 ? '' : '+'}${scientific}`;
  }
  if (exponent === 0) return digits;
  const padded = digits.padStart(1 - exponent, '0');
  return `${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

// decimal.js (and Prisma's Decimal), bignumber.js, big.js: a sign, an exponent, and digits in words of 7, 14 or 1.
function decimal(value: Members, prototype: object): string | undefined {
  const { s, e, d, c } = value;
  const words: unknown = d ?? c;
  if (s !== 1 && s !== -1) return undefined;
  if (!Array.isArray(words) || words.length === 0 || words.length > MAX_DIGITS || !Number.isInteger(e))
    return undefined;
  if (!words.every((word) => Number.isInteger(word) && word >= 0)) return undefined;
  const width = d !== undefined ? 7 : Object.hasOwn(prototype, '_isBigNumber') ? 14 : 1;
  const all = words.map((word, i) => (i === 0 ? String(word) : String(word).padStart(width, '0'))).join('');
  const digits = all.replace(/0+$/, '') || '0';
  const exponent = Number(e) - (digits.length - 1);
  // Integers with their zeros, up to a length that people write out.
  const shown =
    exponent > 0 && exponent < 21 - digits.length ? digits + '0'.repeat(exponent) : decimalText(digits, exponent);
  return (s === -1 ? '-' : '') + shown;
}

// The result of `JSON.stringify` for a Buffer.
function bufferData(value: Members): Uint8Array | undefined {
  const { type, data } = value;
  if (type !== 'Buffer' || !Array.isArray(data)) return undefined;
  const isByte = (byte: unknown) => Number.isInteger(byte) && Number(byte) >= 0 && Number(byte) <= 255;
  return data.every(isByte) ? Uint8Array.from(data as number[]) : undefined;
}

/** A driver's value as bytes, a number or text; `undefined` for all others. */
export function databaseValue(
  value: object,
  prototype: object | null,
  keys: readonly string[],
): string | number | bigint | Uint8Array | undefined {
  const members = value as Members;
  if (prototype === null || prototype === Object.prototype) {
    return keys.length === 2 && keys[0] === 'type' && keys[1] === 'data' ? bufferData(members) : undefined;
  }
  switch (bsonType(prototype)) {
    case undefined:
      return decimal(members, prototype);
    case 'ObjectId':
    case 'ObjectID':
      return objectId(value);
    case 'Long':
    case 'Timestamp':
      return long(members);
    case 'Int32':
    case 'Double':
      return Number(members['value']);
    case 'Decimal128': {
      const bytes = bytesIn(members['bytes'], 16);
      return bytes && decimal128(bytes);
    }
    case 'Binary': {
      const bytes = bytesIn(members['buffer']);
      const end = members['position'];
      return bytes?.subarray(0, typeof end === 'number' ? end : bytes.length);
    }
    default:
      return undefined;
  }
}
