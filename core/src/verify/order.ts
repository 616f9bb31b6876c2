import type { Findings } from './findings.ts';
import type { Link } from './links.ts';

// Enough to show; the rest is counted by nobody, since all of a trail's steps go one way.
const MOST_STEPS = 100;

/**
 * Checks that the lines of each stream come in one direction, oldest or newest first. Imported history may rise in number
 * while it falls in time, so only a step against both counts. The way that most steps go is the right one.
 */
export class OrderCheck {
  readonly #last = new Map<string, { seq: number; ns: bigint }>();
  readonly #steps = { up: [] as Link[], down: [] as Link[] };
  readonly #counts = { up: 0, down: 0 };

  add(link: Link): void {
    const { stream, seq, ns } = link;
    const last = this.#last.get(stream);
    this.#last.set(stream, { seq, ns });
    if (!last) return;
    const way = seq > last.seq && ns >= last.ns ? 'up' : seq < last.seq && ns <= last.ns ? 'down' : undefined;
    if (!way) return;
    this.#counts[way]++;
    if (this.#steps[way].length < MOST_STEPS) this.#steps[way].push(link);
  }

  finish(findings: Findings): void {
    const wrong = this.#counts.up >= this.#counts.down ? this.#steps.down : this.#steps.up;
    for (const link of wrong) findings.add('reordered', link);
  }
}
