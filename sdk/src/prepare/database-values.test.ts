import Big from 'big.js';
import { BigNumber } from 'bignumber.js';
import { Binary, BSON, Decimal128, Double, Int32, Long, ObjectId, UUID } from 'bson';
import { Decimal } from 'decimal.js';
import { normalise } from './normalise.ts';

const id = new ObjectId();
const uuid = new UUID();

test.each<[string, unknown, unknown]>([
  ['ObjectId', id, id.toHexString()],
  ['UUID', uuid, uuid.toString()],
  ['Binary', new Binary(Buffer.from('hi')), 'aGk='],
  ['Long', Long.fromString('-9007199254740993'), '-9007199254740993'],
  ['unsigned Long', Long.fromString('18446744073709551615', true), '18446744073709551615'],
  ['Int32', new Int32(7), 7],
  ['Double', new Double(1.5), 1.5],
  ['16 bytes of a UUID', uuid.buffer, uuid.toString()],
  ['other 16 bytes', Buffer.alloc(16), 'AAAAAAAAAAAAAAAAAAAAAA=='],
  ['a Buffer parsed from JSON', JSON.parse(JSON.stringify(Buffer.from('hi'))), 'aGk='],
  ['an object of the same form', { type: 'Buffer', data: ['a'] }, { type: 'Buffer', data: ['a'] }],
  ['the members of a BSON document', BSON.deserialize(BSON.serialize({ id })), { id: id.toHexString() }],
])('%s', (_, value, stored) => {
  expect(normalise(value)).toEqual(stored);
});

const NUMBERS = [
  '0',
  '1',
  '-1',
  '12.5',
  '-0.001',
  '100',
  '123456789012345678',
  '0.1234567890123456789',
  '9999999.0000001',
];

test.each(NUMBERS)('%s is the same of every kind of decimal', (number) => {
  expect(normalise(new Decimal(number))).toBe(number);
  expect(normalise(new BigNumber(number))).toBe(number);
  expect(normalise(new Big(number))).toBe(number);
  expect(normalise(Decimal128.fromString(number))).toBe(number);
});

test.each(['1E+400', '-1.5E-30', '0E-3', 'NaN', 'Infinity', '-Infinity', '12.50', '1000'])(
  'Decimal128 %s is as its own library has it',
  (number) => {
    const value = Decimal128.fromString(number);
    expect(normalise(value)).toBe(value.toString().replace('E', 'e'));
  },
);
