import { weighted, zipfWeights } from './weighted.ts';

/** An action and what its entries have in common. */
export interface ActionKind {
  action: string;
  event: string;
  channel: string;
  /** Of {@link SERVICES}. */
  service: number;
  noun: string;
  /** For the description: `exported`. */
  verb: string;
  method: string;
  endpoint: string;
  status: number;
  /** How many targets of this type there are. */
  targets: number;
  changes: boolean;
}

/** The applications, by the channels that they write. */
export const SERVICES = [
  'identity',
  'shop',
  'documents',
  'billing',
  'reporting',
  'support',
  'fleet',
  'integrations',
] as const;

const CHANGES = ['created', 'updated', 'viewed', 'deleted', 'shared'];
const REVIEWS = ['viewed', 'updated', 'approved', 'created', 'rejected'];
const RUNS = ['started', 'completed', 'updated', 'created', 'cancelled'];

// Five types and five verbs for each channel. Actions of the fifth type are rare: a dozen times a year.
const CHANNELS: readonly [channel: string, service: number, nouns: readonly string[], verbs: readonly string[]][] = [
  [
    'auth',
    0,
    ['user', 'device', 'token', 'passkey', 'signing_key'],
    ['login', 'logout', 'verified', 'refreshed', 'revoked'],
  ],
  ['security', 0, ['policy', 'role', 'permission', 'ip_range', 'encryption_key'], REVIEWS],
  ['users', 0, ['account', 'profile', 'invitation', 'group', 'directory'], CHANGES],
  ['orders', 1, ['order', 'cart', 'shipment', 'return', 'warehouse'], RUNS],
  ['catalogue', 1, ['product', 'price', 'stock', 'category', 'tax_rule'], CHANGES],
  ['documents', 2, ['document', 'folder', 'project', 'comment', 'retention_rule'], CHANGES],
  ['billing', 3, ['invoice', 'payment', 'refund', 'subscription', 'bank_account'], REVIEWS],
  ['reports', 4, ['report', 'dashboard', 'export', 'schedule', 'data_source'], RUNS],
  ['support', 5, ['ticket', 'message', 'customer', 'macro', 'queue_rule'], CHANGES],
  [
    'pii-read',
    5,
    ['contact', 'address', 'document_scan', 'call_record', 'health_record'],
    ['viewed', 'exported', 'revealed', 'printed', 'copied'],
  ],
  ['hardware', 6, ['sensor', 'gateway', 'badge', 'printer', 'data_center'], RUNS],
  ['integrations', 7, ['webhook', 'sync', 'api_client', 'import', 'tenant'], RUNS],
];

const METHODS: Record<string, [string, number]> = {
  created: ['POST', 201],
  deleted: ['DELETE', 204],
  updated: ['PATCH', 200],
  viewed: ['GET', 200],
};
const RARE_NOUN = 4;
const MANY = new Set(['order', 'cart', 'document', 'invoice', 'payment', 'ticket', 'message']);

function kindsOf(entries: number): ActionKind[] {
  return CHANNELS.flatMap(([channel, service, nouns, verbs]) =>
    nouns.flatMap((noun) =>
      verbs.map((event) => {
        const [method = 'POST', status = 200] = METHODS[event] ?? [];
        return {
          ...{ action: `${noun}.${event}`, event, channel, service, noun, method, status },
          verb: event === 'login' ? 'signed in as' : event === 'logout' ? 'signed out as' : event,
          endpoint: method === 'POST' ? `/api/${noun}s` : `/api/${noun}s/:id`,
          targets: MANY.has(noun) ? Math.max(2_000, Math.floor(entries / 50)) : 2_000,
          changes: event === 'updated' || event === 'approved',
        };
      }),
    ),
  );
}

/** The 300 actions of a trail. */
export interface Actions {
  all: readonly ActionKind[];
  login: ActionKind;
  logout: ActionKind;
  /** The actions of every day; the first are the most frequent. */
  common: readonly ActionKind[];
  /** 60 actions that occur a dozen times a year. */
  rare: readonly ActionKind[];
  drawCommon: ReturnType<typeof weighted>;
}

/** @param entries of the trail: the number of orders, tickets and the like grows with it */
export function createActions(entries: number): Actions {
  const all = kindsOf(entries);
  const rare = all.filter((_, n) => Math.floor(n / 5) % 5 === RARE_NOUN);
  const daily = all.filter((kind) => !rare.includes(kind));
  // Coprime to their number, so that frequent actions are spread over the channels.
  const common = daily.map((_, n) => daily[(n * 37) % daily.length] as ActionKind);
  const named = (action: string) => all.find((kind) => kind.action === action) as ActionKind;
  return {
    ...{ all, rare, common },
    login: named('user.login'),
    logout: named('user.logout'),
    drawCommon: weighted(zipfWeights(common.length, 1, 3)),
  };
}
