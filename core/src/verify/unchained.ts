import type { AuditEntry } from '../entry/entry.ts';
import type { Findings } from './findings.ts';

/** The service of entries of Grafana's users: the collector sets it, and they are in no chain. */
const GRAFANA = 'grafana';
// Anyone who can write can invent service names: they must not fill the memory.
const MOST_SERVICES = 200;

interface Group {
  count: number;
  first: AuditEntry;
}

/** Entries in no chain, by service: if chains are expected, a service without them is a finding. */
export class Unchained {
  readonly #groups = new Map<string, Group>();
  #others = 0;
  #count = 0;

  /** All of them. */
  get count(): number {
    return this.#count;
  }

  add(entry: AuditEntry): void {
    this.#count++;
    const group = this.#groups.get(entry.service);
    if (group) group.count++;
    else if (this.#groups.size < MOST_SERVICES) this.#groups.set(entry.service, { count: 1, first: entry });
    else this.#others++;
  }

  finish(requireChains: boolean, findings: Findings, undecided: (text: string) => void): void {
    for (const [service, { count, first }] of this.#groups) {
      if (service === GRAFANA) undecided(`${entriesOf(count)} of Grafana's users in no chain: nothing proves them.`);
      else if (requireChains) findings.addUnchained(first, count);
      else undecided(`${entriesOf(count)} of ${service} in no chain: nothing proves them.`);
    }
    if (this.#others > 0) {
      const text = `${entriesOf(this.#others)} of more services in no chain.`;
      if (requireChains) findings.addText('unchained', text);
      else undecided(text);
    }
  }
}

const entriesOf = (count: number) => (count === 1 ? '1 entry' : `${count} entries`);
