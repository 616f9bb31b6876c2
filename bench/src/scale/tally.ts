import type { TimeRange } from '@auditrail/core/query';
import { targetId } from '../trail/entry-of.ts';
import type { TrailEntry } from '../trail/emitters.ts';
import { emailOf, homeIpOf } from '../trail/people.ts';
import { RARE_WORDS } from '../trail/words.ts';
import { PAGE_ROWS, QUESTIONS, TOP_VALUES, type Question, type Subjects } from './peer.ts';

// About one of 5,000 entries is of this person, and one of 4,000 from the home of that one.
const PERSON_RANK = 900;
const HOME_RANK = 300;

/** Chooses what to ask while entries pass, and counts the right answers. */
export class Tally {
  readonly #entries: number;
  readonly #subjects: Omit<Subjects, 'sessionId' | 'id' | 'absentId'>;
  readonly #actions = new Map<string, number>();
  readonly #counts = { user: 0, ip: 0, absent_action: 0, target: 0, session: 0, search_first: 0 };
  #sessionId: string | undefined;
  #id: string | undefined;
  #count = 0;

  constructor(entries: number, range: TimeRange) {
    this.#entries = entries;
    this.#subjects = {
      range,
      email: emailOf(PERSON_RANK),
      ip: homeIpOf(HOME_RANK),
      absentAction: 'vault.opened',
      targetId: targetId('project', 100),
      word: RARE_WORDS[7] ?? '',
    };
  }

  /** The entries, counted on their way. */
  *count(entries: Iterable<TrailEntry>): Generator<TrailEntry, void> {
    for (const each of entries) {
      this.#add(each);
      yield each;
    }
  }

  #add({ entry }: TrailEntry): void {
    const { email, ip, absentAction, targetId, word } = this.#subjects;
    const { actor, source, target, action, description, outcome, id } = entry;
    const counts = this.#counts;
    this.#count++;
    if (actor.email === email) counts.user++;
    if (source?.ip === ip) counts.ip++;
    if (action === absentAction) counts.absent_action++;
    if (target?.id === targetId) counts.target++;
    if (description.includes(word)) counts.search_first++;
    this.#actions.set(action, (this.#actions.get(action) ?? 0) + 1);
    if (this.#count * 2 >= this.#entries) {
      this.#id ??= id;
      // The first entry of a session.
      if (action === 'user.login' && outcome === 'success') this.#sessionId ??= source?.sessionId;
    }
    if (this.#sessionId !== undefined && source?.sessionId === this.#sessionId) counts.session++;
  }

  get subjects(): Subjects {
    const id = this.#id ?? '';
    const other = id.endsWith('0') ? '1' : '0';
    return { ...this.#subjects, id, absentId: id.slice(0, -1) + other, sessionId: this.#sessionId ?? '' };
  }

  /** The right answers. */
  get answers(): Record<Question, number> {
    const { user, session, ...lists } = this.#counts;
    const first = (rows: number) => Math.min(rows, PAGE_ROWS);
    const top = [...this.#actions.values()].sort((a, b) => b - a).slice(0, TOP_VALUES);
    return {
      newest: first(this.#count),
      user,
      ip: first(lists.ip),
      absent_action: first(lists.absent_action),
      target: first(lists.target),
      session,
      id: 1,
      absent_id: 0,
      search_first: first(lists.search_first),
      count: this.#count,
      count_user: user,
      histogram: this.#count,
      values: top.reduce((sum, count) => sum + count, 0),
    };
  }
}

// Loki returns 200 values of a field at once, so an action that few people use can be missing in some hours.
const VALUES_TOLERANCE = 0.005;

/** The answers of a peer that are wrong: `ip: 3 instead of 4`. The counts of `values` can be slightly too low. */
export function wrongAnswers(right: Record<Question, number>, given: Record<Question, number>): string[] {
  return QUESTIONS.flatMap((question) => {
    const missing = right[question] - given[question];
    const most = question === 'values' ? right.values * VALUES_TOLERANCE : 0;
    return missing >= 0 && missing <= most ? [] : [`${question}: ${given[question]} instead of ${right[question]}`];
  });
}
