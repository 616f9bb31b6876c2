import { canonicalJson, completeEntry, parseEntry } from '@auditrail/core';
import { createHash, createHmac } from 'node:crypto';
import { predecessorOf } from './chain-entries.ts';
import { Chain, lineHash } from './chain.ts';
import { checkpoints } from './checkpoints.ts';
import { createDigest, createSigner, integrityAttributes, type IntegrityOptions } from './integrity.ts';
import { ed25519Pair } from '../testing/trail.ts';

const key = { id: 'k1', secret: 'a secret of thirty-two bytes or more' };

function lineOf(keyId?: string): string {
  const chain = { stream: 's', seq: 7, prev: 'a'.repeat(64), ...(keyId !== undefined && { keyId }) };
  const stamp = { id: '019a8f3e-7a10-7000-8000-000000000001', time: '2026-11-21T06:18:19Z', service: 'shop', chain };
  return canonicalJson(completeEntry({ action: 'a.b', description: 'é', actor: { type: 'user' } }, stamp));
}

test('digests are SHA-256, or HMAC-SHA-256 with a key', () => {
  expect(createDigest({})).toMatchObject({ algorithm: 'sha256', keyId: undefined });
  expect(createDigest({}).digest('é')).toBe(createHash('sha256').update('é').digest('hex'));
  const keyed = createDigest({ key });
  expect(keyed).toMatchObject({ algorithm: 'hmac-sha256', keyId: 'k1' });
  const expected = createHmac('sha256', key.secret).update('é').digest('hex');
  expect(keyed.digest('é')).toBe(expected);
  expect(createDigest({ key: { id: 'k1', secret: Buffer.from(key.secret) } }).digest('é')).toBe(expected);
});

test.each<[string, IntegrityOptions]>([
  ['a short secret', { key: { id: 'k', secret: 'short' } }],
  ['a secret that is not set', { key: { id: 'k', secret: undefined } }],
  ['a key without an id', { key: { ...key, id: '' } }],
  ['a signer that is not PEM', { signer: { id: 's', privateKey: 'nonsense' } }],
  ['a public key as a signer', { signer: { id: 's', privateKey: ed25519Pair().publicKey } }],
])('refuses %s', (_, integrity) => {
  const use = () => (integrity.key ? createDigest(integrity) : createSigner(integrity));
  expect(use).toThrow(expect.objectContaining({ code: 'INVALID_KEY', message: expect.not.stringContaining('short') }));
});

test('the attributes state how an entry is protected, and are omitted if it has another key', () => {
  const line = lineOf('k1');
  const digest = createDigest({ key });
  expect(integrityAttributes(line, parseEntry(line), digest)).toEqual({
    'audit.integrity.value': digest.digest(line),
    'audit.integrity.algorithm': 'hmac-sha256',
    'audit.integrity.canonicalization': 'RFC8785',
  });
  expect(integrityAttributes(line, parseEntry(line), createDigest({}))).toEqual({});
});

test('the predecessor is the last line of the spool, with a hash if its key is available', () => {
  expect(predecessorOf(undefined, {})).toBeUndefined();
  expect(predecessorOf(lineOf(), { key })).toEqual({ stream: 's', seq: 7, hash: lineHash(lineOf()) });
  const hash = createDigest({ key }).digest(lineOf('k1'));
  expect(predecessorOf(lineOf('k1'), { key })).toEqual({ stream: 's', seq: 7, hash });
  const next = { id: 'k2', secret: key.secret };
  expect(predecessorOf(lineOf('k1'), { key: next, previousKeys: [key] })).toEqual({ stream: 's', seq: 7, hash });
  expect(predecessorOf(lineOf('k1'), { key: next })).toEqual({ stream: 's', seq: 7 });
});

test('the key of the chain goes back with its tip', () => {
  const chain = new Chain('s', 'k1');
  expect(chain.next()).toEqual({ stream: 's', seq: 1, prev: null, keyId: 'k1' });
  const stored = chain.advance('h1');
  chain.advance('h2', 'k2');
  expect(chain.next()).toEqual({ stream: 's', seq: 3, prev: 'h2', keyId: 'k2' });
  chain.rewind(stored);
  expect(chain.next()).toEqual({ stream: 's', seq: 2, prev: 'h1', keyId: 'k1' });
});

describe('checkpoints', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());
  const entry = { channel: 'auth' };

  function start(integrity: IntegrityOptions) {
    const due = jest.fn(() => schedule.recorded({ channel: 'integrity' }));
    const schedule = checkpoints(integrity, due);
    return { due, schedule };
  }

  test('are due after a number of entries, or after a time with fewer', () => {
    const { due, schedule } = start({ key, checkpointEvery: { entries: 3, ms: 1_000 } });
    for (let i = 0; i < 7; i++) schedule.recorded(entry);
    expect(due).toHaveBeenCalledTimes(2);
    jest.advanceTimersByTime(999);
    expect(due).toHaveBeenCalledTimes(2);
    jest.advanceTimersByTime(1);
    expect(due).toHaveBeenCalledTimes(3);
    jest.advanceTimersByTime(60_000);
    expect(due).toHaveBeenCalledTimes(3);
  });

  test('are not due if nothing can sign them, nor after the stop', () => {
    const plain = start({});
    for (let i = 0; i < 5_000; i++) plain.schedule.recorded(entry);
    const stopped = start({ key });
    stopped.schedule.recorded(entry);
    stopped.schedule.stop();
    jest.advanceTimersByTime(3_600_000);
    expect(plain.due).not.toHaveBeenCalled();
    expect(stopped.due).not.toHaveBeenCalled();
  });
});
