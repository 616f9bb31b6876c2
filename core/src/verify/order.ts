import type { Findings } from './findings.ts';
import type { Link } from './links.ts';

// Enough to report: nearly all steps of a trail go in one direction.
const MOST_STEPS = 100;

interface Step {
  from: Link;
  to: Link;
}

const isAt = ({ stream, seq }: Link, other: Link) => stream === other.stream && seq === other.seq;

/**
 * Checks that the lines of each stream come in one direction, oldest or newest first. In imported history, numbers may
 * rise while times fall, so only a step against both counts. Lines of one time have no order: Loki and readers return them
 * by id, and ids of imported history do not rise. The direction of most steps is the right one.
 */
export class OrderCheck {
  readonly #last = new Map<string, Link>();
  readonly #counts = { up: 0, down: 0 };
  #steps = { up: [] as Step[], down: [] as Step[] };

  add(to: Link): void {
    const from = this.#last.get(to.stream);
    this.#last.set(to.stream, to);
    if (!from) return;
    const up = to.seq > from.seq && to.ns > from.ns;
    if (!up && !(to.seq < from.seq && to.ns < from.ns)) return;
    const way = up ? 'up' : 'down';
    this.#counts[way]++;
    if (this.#steps[way].length < MOST_STEPS) this.#steps[way].push({ from, to });
  }

  /** A number occurred again: one of the two is in the right position, so nothing was moved. */
  repeated(link: Link): void {
    const keep = ({ from, to }: Step) => !isAt(from, link) && !isAt(to, link);
    this.#steps = { up: this.#steps.up.filter(keep), down: this.#steps.down.filter(keep) };
  }

  finish(findings: Findings): void {
    const wrong = this.#counts.up >= this.#counts.down ? this.#steps.down : this.#steps.up;
    for (const { to } of wrong) findings.add('reordered', to);
  }
}
