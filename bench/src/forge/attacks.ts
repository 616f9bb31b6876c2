import { canonicalJson, type AuditEntry } from '@auditrail/core';
import { lineHash } from '@auditrail/sdk';
import { uuidv7 } from 'uuidv7';
import { chainOf, LENGTH, sentAs, TARGET, type Sent, type Victim } from './victim.ts';

/** An attempt to hide, replace or copy an entry, or to discredit a stream. */
export interface Attack {
  name: string;
  /** The kinds of findings that may report it. For entries through Grafana's route: the true author must be recorded. */
  expects: string[] | 'author';
  forge(victim: Victim): Sent[];
}

const MS = 1_000_000n;
const DAY = 86_400_000n * MS;

/** A copy of the target's id without a chain, with other content. */
function copy(changes: Partial<AuditEntry>, later = 0n): (victim: Victim) => Sent[] {
  return ({ target }) => {
    const entry = { ...target.entry, ...changes };
    delete entry.chain;
    return [sentAs(entry, target.ns + later)];
  };
}

/** An entry with a new id in a chain. */
function linked({ target }: Victim, chain: AuditEntry['chain'], changes: Partial<AuditEntry> = {}, later = 1n): Sent {
  return sentAs({ ...target.entry, id: uuidv7(), description: 'Forged', ...changes, chain }, target.ns + later);
}

const started = (predecessor: Record<string, unknown>) => ({
  action: 'audit.chain.started',
  channel: 'integrity',
  properties: { predecessor } as AuditEntry['properties'],
});

function claim(tipOf: (victim: Victim) => { seq: number; hash?: string }): (victim: Victim) => Sent[] {
  return (victim) => {
    const predecessor = { stream: victim.stream, ...tipOf(victim) };
    return [linked(victim, { stream: uuidv7(), seq: 1, prev: null }, started(predecessor))];
  };
}

const hashOf = ({ lines }: Victim, seq: number) => lineHash(lines[seq - 1]?.line ?? '');
const OTHER = 'f'.repeat(64);

const copies: [string, Partial<AuditEntry>, bigint?][] = [
  ['other text', { description: 'Forged' }],
  ['5 ms older', {}, -5n * MS],
  ['5 ms newer', {}, 5n * MS],
  ['a day older', {}, -DAY],
  ['another channel', { channel: 'audit' }],
  ['another service', { service: 'shop' }],
  ['another actor', { actor: { type: 'user', id: 'mallory' } }],
  ['another outcome', { outcome: 'failure' }],
  ['another action', { action: 'audit.exported' }],
  ['properties that look like a chain', { properties: { chain: { stream: 's', seq: 1, prev: null } } }],
];

export const ATTACKS: Attack[] = [
  ...copies.map(([name, changes, later]) => ({
    name: `copied id, ${name}`,
    expects: ['copied-id'],
    forge: copy(changes, later),
  })),
  {
    name: 'copied id in capitals',
    expects: ['copied-id'],
    forge: (victim) => copy({ id: victim.target.entry.id.toUpperCase(), description: 'Forged' })(victim),
  },
  {
    name: 'copied id, two hundred times with the same time',
    expects: ['copied-id'],
    forge: (victim) => Array.from({ length: 200 }, (_, i) => copy({ description: `Forged ${i}` })(victim)).flat(),
  },
  {
    name: 'copied id in another chain',
    expects: ['copied-id'],
    forge: (victim) => {
      const chain = { stream: uuidv7(), seq: 1, prev: null };
      return [linked(victim, chain, { id: victim.target.entry.id }, 0n)];
    },
  },
  {
    name: 'copied id and number, other text',
    expects: ['forked'],
    forge: (victim) => [linked(victim, chainOf(victim.target), { id: victim.target.entry.id }, 0n)],
  },
  {
    name: 'another entry with the same number',
    expects: ['forked'],
    forge: (victim) => [linked(victim, chainOf(victim.target))],
  },
  {
    name: 'the next entry, forged while the emitter is silent',
    expects: ['forked'],
    forge: (victim) => {
      const chain = { stream: victim.stream, seq: TARGET + 1, prev: hashOf(victim, TARGET) };
      return [linked(victim, chain)];
    },
  },
  {
    name: 'an entry after the end',
    expects: ['forged'],
    forge: (victim) => {
      const chain = { stream: victim.stream, seq: LENGTH + 1, prev: hashOf(victim, LENGTH) };
      return [linked(victim, chain, {}, 60_000n * MS)];
    },
  },
  {
    name: 'the same line, stored 5 s later',
    expects: ['duplicated'],
    forge: ({ target }) => [{ ...target, ns: target.ns + 5_000n * MS }],
  },
  {
    name: 'the same entry without its chain, stored 5 s later',
    expects: ['copied-id'],
    forge: (victim) => copy({})(victim).map((sent) => ({ ...sent, ns: sent.ns + 5_000n * MS })),
  },
  {
    name: 'the same members in another order, one of them twice',
    expects: ['copied-id', 'forked'],
    forge: ({ target }) => {
      const moved = `{"description":"Forged",${target.line.slice(1)}`;
      return [{ ...target, line: moved }];
    },
  },
  {
    name: 'a line that is not an entry, with the id as an attribute',
    expects: ['unreadable'],
    forge: ({ target }) => [{ ...target, line: canonicalJson({ id: target.entry.id }) }],
  },
  {
    name: 'blame: a start that names the stream, with its hash',
    expects: ['contradicted'],
    forge: claim((victim) => ({ seq: TARGET, hash: hashOf(victim, TARGET) })),
  },
  {
    name: 'blame: a start that names the stream, with another hash',
    expects: ['contradicted'],
    forge: claim(() => ({ seq: TARGET, hash: OTHER })),
  },
  {
    name: 'blame: a start that names the stream, without a hash',
    expects: ['contradicted'],
    forge: claim(() => ({ seq: TARGET })),
  },
  {
    name: "blame: a start that names the stream's last entry, with another hash",
    expects: ['contradicted'],
    forge: claim(() => ({ seq: LENGTH, hash: OTHER })),
  },
  {
    name: 'blame: an unsigned checkpoint with another hash',
    expects: ['contradicted'],
    forge: (victim) => {
      const tips = [{ stream: victim.stream, seq: TARGET, hash: OTHER }];
      const checkpoint = { action: 'audit.chain.checkpoint', channel: 'integrity', properties: { tips } };
      return [linked(victim, { stream: uuidv7(), seq: 1, prev: null }, checkpoint)];
    },
  },
  {
    name: "through Grafana's route: copied id",
    expects: 'author',
    forge: copy({ action: 'audit.exported', channel: 'audit' }),
  },
  {
    name: "through Grafana's route: copied id, time, chain and actor",
    expects: 'author',
    forge: ({ target }) => [sentAs({ ...target.entry, action: 'audit.exported' }, target.ns)],
  },
];
