import type { Findings } from './findings.ts';
import type { Link } from './links.ts';

// Enough to show: nearly all of a trail's steps go one way, and the others are few or all is upside down.
const MOST_STEPS = 100;

interface Step {
  from: Link;
  to: Link;
}

const isAt = ({ stream, seq }: Link, place: Link) => stream === place.stream && seq === place.seq;

/**
 * Checks that the lines of each stream come in one direction, oldest or newest first. Imported history may rise in number
 * while it falls in time, so only a step against both counts. The way that most steps go is the right one.
 */
export class OrderCheck {
  readonly #last = new Map<string, Link>();
  readonly #counts = { up: 0, down: 0 };
  #steps = { up: [] as Step[], down: [] as Step[] };

  add(to: Link): void {
    const from = this.#last.get(to.stream);
    this.#last.set(to.stream, to);
    if (!from) return;
    const up = to.seq > from.seq && to.ns >= from.ns;
    if (!up && !(to.seq < from.seq && to.ns <= from.ns)) return;
    const way = up ? 'up' : 'down';
    this.#counts[way]++;
    if (this.#steps[way].length < MOST_STEPS) this.#steps[way].push({ from, to });
  }

  /** A number came again: whichever of the two stands in the right place, nothing was moved. */
  repeated(link: Link): void {
    const keep = ({ from, to }: Step) => !isAt(from, link) && !isAt(to, link);
    this.#steps = { up: this.#steps.up.filter(keep), down: this.#steps.down.filter(keep) };
  }

  finish(findings: Findings): void {
    const wrong = this.#counts.up >= this.#counts.down ? this.#steps.down : this.#steps.up;
    for (const { to } of wrong) findings.add('reordered', to);
  }
}
