import { dateOf } from './day-key.ts';
import type { ArchivedChain } from './day-manifest.ts';

const DAY_MS = 86_400_000;
const numberOf = (day: string) => Date.parse(`${day}T00:00:00Z`) / DAY_MS;

/**
 * Finds days that are not in an archive although entries were written on them: the numbers of a chain go on behind a day that
 * is not there. A day without a gap had no entries, as far as chains show.
 */
export class MissingDays {
  readonly #last = new Map<string, number>();
  #lastDay: number | undefined;

  /** Adds the next day, in their order. @returns what its chains show to be missing before it */
  add(day: string, chains: readonly ArchivedChain[]): { day: string; text: string }[] {
    const number = numberOf(day);
    const hasGap = this.#lastDay !== undefined && this.#lastDay < number - 1;
    const after = (this.#lastDay ?? number) + 1;
    this.#lastDay = number;
    const gaps: string[] = [];
    for (const { stream, firstSeq, lastSeq } of chains) {
      if (firstSeq === undefined || lastSeq === undefined) continue;
      const last = this.#last.get(stream);
      if (hasGap && last !== undefined && firstSeq > last + 1)
        gaps.push(`${last + 1} to ${firstSeq - 1} of stream ${stream}`);
      if (last === undefined || lastSeq > last) this.#last.set(stream, lastSeq);
    }
    const [first] = gaps;
    if (first === undefined) return [];
    const span = after === number - 1 ? dateOf(after) : `${dateOf(after)} to ${dateOf(number - 1)}`;
    const more = gaps.length > 1 ? `, and those of ${gaps.length - 1} more streams` : '';
    return [
      { day: dateOf(after), text: `${span} is missing from the archive: entries ${first}${more}, are not there.` },
    ];
  }
}
