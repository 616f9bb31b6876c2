import fc from 'fast-check';
import { parseEntry } from '@auditrail/core';
import { type TrailLine } from '@auditrail/core/loki';
import { storedLine } from '../../testing/fake-loki.ts';
import { asStored, isMasked, maskTrailLine, maskValue } from './mask.ts';

test.each([
  ['email', 'ada@example.com', 'a•••@example.com'],
  ['email', 'no address', '•••'],
  ['ip', '10.2.3.4', '10.2.•.•'],
  ['ip', '2001:db8:1::7', '2001:db8:•••'],
  ['ip', '::1', '::•••'],
  ['ip', '::ffff:10.2.3.4', '::ffff:10.2.•.•'],
  ['ip', 'unknown', '•••'],
  ['session', 's-1', '•••'],
  ['userAgent', 'curl/8.7.1', '•••'],
  ['text', '', ''],
  ['text', 'Reset ada@example.com, from 10.2.3.4.', 'Reset a•••@example.com, from 10.2.•.•.'],
  ['text', 'GET /users/ada%40example.com/orders', 'GET /users/a•••%40example.com/orders'],
  ['text', 'at 06:18:19 on version 1.2.3, {"a@": 1}, @ada', 'at 06:18:19 on version 1.2.3, {"a•••@": 1}, @ada'],
  ['text', '[2001:db8::1]:443 said <bob@example.org>', '[2001:db8:•••]:443 said <b•••@example.org>'],
] as const)('%s %s becomes %s', (kind, value, masked) => {
  expect(maskValue(kind, value)).toBe(masked);
});

const PRIVATE = {
  email: 'ada@example.com',
  source: { ip: '10.2.3.4', userAgent: 'Browser of Ada', sessionId: 'sess-77', deviceId: 'dev-12' },
};
const stored = (fields: object = {}): TrailLine => {
  const [ns, line] = storedLine({
    time: '2026-11-21T06:18:19.123456789Z',
    description: 'Ada (ada@example.com) signed in with dev-12',
    actor: { type: 'user', id: PRIVATE.email, name: 'Ada', email: PRIVATE.email },
    source: PRIVATE.source,
    target: { type: 'user', id: '42', name: 'ADA@example.com' },
    changes: [{ path: 'email', before: PRIVATE.email, after: { 'ada@example.com': ['10.9.8.7'] } }],
    properties: { note: 'sess-77 of 10.2.3.4' },
    ...fields,
  });
  const entry = parseEntry(line);
  return { key: entry.id, ns, line, entry };
};

test('a masked line contains no personal data', () => {
  const masked = maskTrailLine(stored());
  const shown = masked.line + JSON.stringify(masked.entry);
  for (const value of [PRIVATE.email, 'ADA@', '10.9.8.7', ...Object.values(PRIVATE.source)]) {
    expect(shown).not.toContain(value);
  }
  expect(masked.entry).toMatchObject({
    description: 'Ada (a•••@example.com) signed in with •••',
    actor: { name: 'Ada', id: 'a•••@example.com', email: 'a•••@example.com' },
    source: { ip: '10.2.•.•', userAgent: '•••', sessionId: '•••', deviceId: '•••' },
    time: '2026-11-21T06:18:19.123456789Z',
  });
  expect(isMasked(masked.entry?.actor.email ?? '')).toBe(true);
});

test('an escaped address is found too', () => {
  const line = { key: 'x', ns: 1n, line: '{"who":"ada\\u0040example.com"}', problem: 'who: ada@example.com' };
  expect(maskTrailLine(line)).toMatchObject({ line: '{"who":"a•••@example.com"}', problem: 'who: a•••@example.com' });
  expect(maskTrailLine({ key: 'y', ns: 1n, line: 'plain ada@example.com' }).line).toBe('plain a•••@example.com');
});

test('the same line returns the same object, whose stored line is still available for hashes', () => {
  const line = stored();
  const masked = maskTrailLine(line);
  expect(maskTrailLine(line)).toBe(masked);
  expect(asStored(masked)).toBe(line);
  expect(asStored(line)).toBe(line);
});

test('the email address of an entry is not in any shown text', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 0, maxLength: 12 });
  const email = fc.tuple(fc.stringMatching(/^[a-z.+]{3,9}$/), fc.stringMatching(/^[a-z]{2,9}\.[a-z]{2,3}$/));
  fc.assert(
    fc.property(email, text, text, ([name, domain], before, after) => {
      const address = `${name}@${domain}`;
      const text = `${before}${address}${after}`;
      const line = stored({ actor: { type: 'user', email: address }, description: text, properties: { [text]: text } });
      expect(maskTrailLine(line).line).not.toContain(address);
    }),
  );
});

test('the time to mask a long text grows linearly', () => {
  const began = performance.now();
  for (const unit of ['a', '@', '1.', ':', 'a@', '1:']) maskValue('text', unit.repeat(200_000));
  expect(performance.now() - began).toBeLessThan(2_000);
});

test('a person whom the actor acted for is masked as the actor is, in all texts', () => {
  const masked = maskTrailLine(
    stored({
      description: 'support-bot answered Grace@Example.com',
      actor: { type: 'agent', id: 'bot' },
      onBehalfOf: [{ type: 'user', id: '7', name: 'Grace', email: 'Grace@Example.com' }],
      reason: 'asked by grace@example.com',
    }),
  );
  expect(masked.entry).toMatchObject({
    description: 'support-bot answered G•••@Example.com',
    onBehalfOf: [{ id: '7', name: 'Grace', email: 'G•••@Example.com' }],
    reason: 'asked by g•••@example.com',
  });
  expect(masked.line).not.toMatch(/grace@/i);
});
