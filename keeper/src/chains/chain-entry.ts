import { formatTime, msToNs } from '@auditrail/core';
import type { Finding, FindingKind } from '@auditrail/core/verify';
import { idOf, SYSTEM_ACTOR, type OwnEntry } from '../analyser/finding.ts';

const ACTIONS = {
  missing: 'security.chain.gap',
  forked: 'security.chain.fork',
  contradicted: 'security.chain.fork',
  changed: 'security.entry.forged',
  forged: 'security.entry.forged',
} as const satisfies Partial<Record<FindingKind, string>>;

const DESCRIPTIONS = {
  'security.chain.gap': 'Entries are missing in the chain of an application',
  'security.chain.fork': 'The chain of an application has two continuations',
  'security.entry.forged': 'An entry is not what the application wrote',
} as const;

const DAY_MS = 86_400_000;

type ChainAction = keyof typeof DESCRIPTIONS;

/** The action of an entry about a finding; missing for what is no sign of tampering, such as an entry that was sent twice. */
export const chainAction = (kind: FindingKind): ChainAction | undefined =>
  (ACTIONS as Partial<Record<FindingKind, ChainAction>>)[kind];

export interface ChainEntryOptions {
  tenant: string;
  action: ChainAction;
  finding: Finding;
  nowMs: number;
  /** The start of the range that was checked. */
  startNs: bigint;
}

/** The entry about a broken chain, under an id that stays the same if it is found again. */
export function chainEntry({ tenant, action, finding, nowMs, startNs }: ChainEntryOptions): OwnEntry {
  const { stream = '', seq, toSeq, id, time = formatTime(startNs), kind, text } = finding;
  const dayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  return {
    id: idOf(`${tenant} ${action} ${stream} ${seq} ${toSeq}`, dayMs),
    time: formatTime(msToNs(nowMs)),
    action,
    channel: 'security',
    description: DESCRIPTIONS[action],
    actor: SYSTEM_ACTOR,
    target: { type: 'audit_chain', ...(stream && { id: stream }) },
    ...(id && { related: [{ type: 'audit_entry', id }] }),
    scope: { happened_at: time },
    properties: { kind, text, ...(seq !== undefined && { seq }), ...(toSeq !== undefined && { toSeq }) },
  };
}
