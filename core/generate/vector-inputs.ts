import type { AuditEntryInput } from '../src/entry/entry.ts';

/** What a logger adds to the input of a vector, other than the default stamp. */
interface VectorStamp {
  id?: string;
  time?: string;
  service?: string;
}

export interface VectorInput {
  name: string;
  input: AuditEntryInput;
  stamp?: VectorStamp;
  /** Links the entry to the one before it in the list, if that has a chain too. */
  chained?: true;
  /** Key id and secret of the entry's hash. */
  key?: { id: string; secret: string };
}

const ada = { type: 'user', id: '42', name: 'Ada Lovelace', email: 'Ada@Example.com' } as const;
const key = { id: 'k1', secret: 'a secret of thirty-two bytes or more' };

/** Entries that implementations in other languages must write byte for byte. */
export const VECTOR_INPUTS: readonly VectorInput[] = [
  { name: 'defaults', input: { action: 'backup.finished', description: 'Backup finished', actor: { type: 'system' } } },
  {
    name: 'a sign-in with its source; the attribute has the e-mail address in lower case',
    input: {
      action: 'user.login',
      channel: 'auth',
      description: 'Ada signed in',
      actor: { ...ada, groups: ['admins', 'Zürich'] },
      authContext: 'ui',
      source: { ip: '2001:db8::7', userAgent: 'Mozilla/5.0 (X11)', sessionId: 's-1', deviceId: 'd-1' },
      trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' },
    },
  },
  {
    name: 'a failure: the outcome follows the error',
    input: {
      action: 'invoice.paid',
      description: 'Payment refused',
      actor: { type: 'api_key', id: 'key-7' },
      error: { code: 'CARD_EXPIRED', message: 'The card has expired' },
      request: { id: 'req-1', method: 'POST', endpoint: '/invoices/:id/pay', status: 402, operation: 'PayInvoice' },
    },
  },
  {
    name: 'changes: a missing value is not null',
    input: {
      action: 'project.updated',
      description: 'Ada renamed a project',
      actor: ada,
      target: { type: 'project', id: 'p-1', name: 'Apollo' },
      scope: { project: 'apollo', region: 'eu' },
      changes: [
        { path: 'name', before: 'Gemini', after: 'Apollo' },
        { path: 'owner', before: null },
        { path: 'tags[0]', after: { label: 'moon', order: 1 } },
      ],
    },
  },
  {
    name: 'an AI agent for a person',
    input: {
      action: 'ticket.updated',
      description: 'The support bot closed a ticket',
      actor: {
        type: 'agent',
        id: 'bot-1',
        agent: { name: 'support-bot', version: '1.4', model: 'm-large', runId: 'run-9' },
      },
      onBehalfOf: [{ type: 'user', id: '7', name: 'Grace Hopper', email: 'Grace@Example.com' }],
      reason: 'Duplicate of T-12',
      target: { type: 'ticket', id: 'T-13' },
      related: [{ type: 'ticket', id: 'T-12', name: 'Printer on fire' }, { type: 'customer' }],
    },
  },
  {
    name: 'a chain of agents: lists of one length, with empty texts for missing members',
    input: {
      action: 'order.created',
      description: 'An agent ordered paper',
      actor: { type: 'agent', id: 'buyer', agent: { name: 'buyer' } },
      onBehalfOf: [
        { type: 'agent', id: 'planner' },
        { type: 'user', name: 'Grace Hopper' },
      ],
    },
  },
  {
    name: 'impersonation: an administrator acts as a customer',
    input: {
      action: 'customer.address_changed',
      event: 'updated',
      channel: 'support',
      description: 'Support changed an address',
      actor: ada,
      onBehalfOf: [{ type: 'user', id: '1001', email: 'customer@example.org' }],
      reason: 'SUP-4711',
    },
  },
  {
    name: 'Unicode: members in the order of their UTF-16 units, escapes as in RFC 8785',
    input: {
      action: 'file.renamed',
      description: 'Zoë “renamed” a file \u2028 😀 e\u0301 \\ / "\u0007\u007f',
      actor: { type: 'user', name: 'Ångström 山田' },
      properties: { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '😂': 5, '\u0080': 6, ö: 7 },
    },
  },
  {
    name: 'numbers as in ECMAScript',
    input: {
      action: 'meter.read',
      description: 'Values read',
      actor: { type: 'service', id: 'meter' },
      properties: {
        values: [0, 1, -1, 0.1, 1e21, 1e20, 1e-6, 1e-7, 4.5, 2e-3, 333333333.3333333, 5e-324, 9007199254740991],
        nested: { true: true, none: null, empty: {}, list: [] },
      },
    },
  },
  {
    name: 'empty texts are in the line and not in the attributes',
    input: {
      action: 'note.created',
      description: '',
      actor: { type: 'user', id: '1', name: '', email: '' },
      source: {},
      target: { type: 'note', id: '', name: '' },
    },
  },
  {
    name: 'a long value is cut in the attribute, between characters',
    input: {
      action: 'note.created',
      description: 'Long',
      actor: { type: 'user', id: '1' },
      target: { type: 'note', name: 'é'.repeat(600) },
      related: [{ type: 'note', name: '😀'.repeat(70) }],
    },
  },
  {
    name: 'imported history: id and time given',
    input: {
      action: 'user.deleted',
      description: 'Imported',
      actor: { type: 'user', id: '9' },
      outcome: 'unknown',
      id: '0187fd0b-5c00-7a3c-9f00-0123456789ab',
      time: '2023-05-09T00:00:00Z',
    },
  },
  {
    name: 'the first entry of a chain',
    input: { action: 'user.login', description: 'One', actor: { type: 'user', id: '1' } },
    chained: true,
  },
  {
    name: 'the next entry of the chain has its hash',
    input: { action: 'user.logout', description: 'Two', actor: { type: 'user', id: '1' } },
    stamp: { id: '019a8f3e-7a10-7000-8000-000000000002', time: '2026-11-21T06:18:19.123456790Z' },
    chained: true,
  },
  {
    name: 'with a key, the hash is HMAC-SHA-256',
    input: { action: 'user.login', description: 'Keyed', actor: { type: 'user', id: '1' } },
    chained: true,
    key,
  },
];

/** Inputs that implementations must refuse. */
export const REFUSED_INPUTS: readonly { name: string; input: unknown }[] = [
  { name: 'no actor', input: { action: 'user.login', description: 'x' } },
  { name: 'an unknown field', input: { action: 'a', description: 'x', actor: { type: 'system' }, colour: 'red' } },
  { name: 'an action with a space', input: { action: 'user login', description: 'x', actor: { type: 'system' } } },
  {
    name: 'nobody to act for',
    input: { action: 'a', description: 'x', actor: { type: 'system' }, onBehalfOf: [] },
  },
  {
    name: 'five to act for',
    input: {
      action: 'a',
      description: 'x',
      actor: { type: 'system' },
      onBehalfOf: Array.from({ length: 5 }, () => ({ type: 'user' })),
    },
  },
  {
    name: 'a group of 201 bytes',
    input: { action: 'a', description: 'x', actor: { type: 'user', groups: ['é'.repeat(100) + 'x'] } },
  },
  {
    name: 'an id that is not a UUIDv7',
    input: { action: 'a', description: 'x', actor: { type: 'system' }, id: '550e8400-e29b-41d4-a716-446655440000' },
  },
  {
    name: 'a time with an offset',
    input: { action: 'a', description: 'x', actor: { type: 'system' }, time: '2026-11-21T06:18:19+01:00' },
  },
];

/** Entries of version 1, as earlier loggers wrote them. */
export const ENTRIES_OF_1: readonly { name: string; entry: object }[] = [
  {
    name: 'version 1: a sign-in',
    entry: {
      schema: 1,
      id: '019a8f3e-7a10-7000-8000-000000000101',
      time: '2026-11-21T06:18:19.123456789Z',
      service: 'shop',
      action: 'user.login',
      event: 'login',
      channel: 'auth',
      category: 'user',
      description: 'Ada signed in',
      outcome: 'success',
      actor: ada,
      source: { ip: '192.0.2.7' },
    },
  },
  {
    name: 'version 1: changes, request and properties',
    entry: {
      schema: 1,
      id: '019a8f3e-7a10-7000-8000-000000000102',
      time: '2026-11-21T06:18:20Z',
      service: 'shop',
      action: 'invoice.updated',
      event: 'updated',
      channel: 'invoice',
      category: 'task',
      description: 'Dunning',
      outcome: 'failure',
      error: { message: 'no mail server' },
      actor: { type: 'service', id: 'dunning', groups: ['x'.repeat(300)] },
      target: { type: 'invoice', id: '8' },
      request: { method: 'POST', status: 500 },
      changes: [{ path: 'sent', before: false, after: true }],
      properties: { try: 3 },
      chain: { stream: 'shop-1', seq: 1, prev: null },
    },
  },
  {
    name: 'version 1: the system',
    entry: {
      schema: 1,
      id: '019a8f3e-7a10-7000-8000-000000000103',
      time: '2026-11-21T06:18:21.5Z',
      service: 'shop',
      action: 'backup',
      event: 'backup',
      channel: 'backup',
      category: 'system',
      description: '',
      outcome: 'unknown',
      actor: { type: 'system' },
    },
  },
];
