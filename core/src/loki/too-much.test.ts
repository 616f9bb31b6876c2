import { AuditError } from '../errors.ts';
import { isTooMuchForLoki } from './too-much.ts';

const refused = (status: number, message = '') => new AuditError('LOKI_REFUSED', message, { status });

test.each<[string, unknown, boolean]>([
  ['an answer over the gRPC limit', refused(500), true],
  ['a query that takes too long', refused(504), true],
  ['too many series', refused(400, 'maximum number of series (500) reached for a single query'), true],
  ['too many entries', refused(400, 'max entries limit per query exceeded'), true],
  ['a wrong query', refused(400, 'parse error at line 1'), false],
  ['a wrong token', refused(401), false],
  ['a server that is away', refused(503), false],
  ['a proxy that waited too long', new AuditError('LOKI_UNREACHABLE', 'timeout', { status: 504 }), false],
  ['another error', new Error('maximum'), false],
])('%s: %#', (_, error, expected) => expect(isTooMuchForLoki(error)).toBe(expected));
