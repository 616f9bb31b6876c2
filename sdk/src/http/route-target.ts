import type { AuditEntryInput } from '@auditrail/core';
import { isSecretName } from '../prepare/secret-names.ts';
import { decodeSegment } from './decode-segment.ts';

// `:id`, with a pattern as in Hono and Fastify (`:id{[0-9]+}`, `:id(\\d+)`), or `[id]` of Next.js.
const PARAMETER = /^(?::(\w+)(?:\{[^/]*\}|\([^/]*\))?\??|\[(\w+)\])$/;
// A segment that is not fixed.
const VARIABLE = /[:*[]/;

const singular = (word: string) =>
  /(?:ss|us|is)$/.test(word)
    ? word
    : word
        .replace(/ies$/, 'y')
        .replace(/(x|ch|sh|ss)es$/, '$1')
        .replace(/s$/, '');

/**
 * The record that a request acts on: the last parameter of its route, and the segment before it or the parameter's name as
 * the type. `undefined` if there is none, if the parameter is a secret, or if the path does not fit the route.
 *
 * @param path the path of the request's address
 * @example routeTarget('/orders/:id/cancel', '/orders/7/cancel') // { type: 'order', id: '7' }
 */
export function routeTarget(route: string, path: string): AuditEntryInput['target'] {
  const names = route.split('/');
  const values = path.split('/');
  if (names.length !== values.length) return undefined;
  const at = names.findLastIndex((each) => VARIABLE.test(each));
  // A part of a segment, such as `:name.json`, is not an id, and an earlier parameter would be another record.
  const [, colon, brackets] = PARAMETER.exec(names[at] ?? '') ?? [];
  const name = colon ?? brackets ?? '';
  if (name === '') return undefined;
  const value = values[at];
  if (!value || isSecretName(name)) return undefined;
  const before = names[at - 1] ?? '';
  const named = /^(\w+?)_?id$/i.exec(name)?.[1] ?? (/^id$/i.test(name) ? undefined : name);
  const type = named ?? (/^\w/.test(before) ? singular(before) : 'record');
  return { type, id: decodeSegment(value) };
}
