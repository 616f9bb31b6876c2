import { CATALOGUE, entryEvent, evaluate, type Firing } from '@auditrail/core/detections';
import { completeAt, timedEntries } from './entries.ts';
import { attacks, grouped, nearMisses, SCENARIOS, type Play } from './index.ts';

describe('the scenarios', () => {
  it('prove each rule of the catalogue, and no other', () => {
    expect(Object.keys(SCENARIOS).toSorted()).toEqual(CATALOGUE.map(({ id }) => id).toSorted());
  });

  it.each(Object.entries(SCENARIOS))('%s has attacks and near misses', (id, { attacks, nearMisses }) => {
    const thresholds = Object.keys(CATALOGUE.find((rule) => rule.id === id)?.defaults ?? {});
    expect(Object.keys(attacks).length).toBeGreaterThanOrEqual(1);
    // The window counts as a threshold; a rule that fires at any entry has only this one.
    expect(Object.keys(nearMisses).length).toBeGreaterThanOrEqual(thresholds.length);
  });

  it('have a cast each', () => {
    const all = [...attacks(), ...nearMisses()];
    expect(new Set(all.map(({ cast }) => cast.person())).size).toBe(all.length);
    for (const { cast, labels } of all) if (labels) expect(cast.concerns(labels)).toBe(true);
    expect(all[0]?.cast.concerns({ who: all[1]?.cast.person() ?? '' })).toBe(false);
  });

  it('end now, and are in the order of time', () => {
    for (const { steps } of [...attacks(), ...nearMisses()]) {
      const ages = steps.map(({ secondsAgo }) => secondsAgo);
      expect(ages).toEqual(ages.toSorted((a, b) => b - a));
      expect(ages.at(-1)).toBeLessThanOrEqual(60);
    }
  });

  it('are grouped with one of each rule', () => {
    const groups = grouped(nearMisses());
    expect(groups.flat()).toHaveLength(nearMisses().length);
    for (const group of groups) expect(new Set(group.map(({ rule }) => rule.id)).size).toBe(group.length);
  });
});

describe('the exact evaluator', () => {
  function firings({ rule, steps }: Play): Firing[] {
    const evaluator = evaluate(rule.pattern);
    return timedEntries(steps, Date.UTC(2026, 0, 15)).flatMap((each, n) =>
      evaluator.add(entryEvent(completeAt(each, n))),
    );
  }
  const named = (plays: Play[]) => plays.map((play): [string, Play] => [`${play.rule.title}: ${play.name}`, play]);

  it.each(named(attacks()))('finds the attack: %s', (_name, play) => {
    expect(firings(play)).toEqual([
      expect.objectContaining({ labels: expect.objectContaining(play.labels) as unknown }),
    ]);
  });

  it.each(named(nearMisses()))('ignores the near miss: %s', (_name, play) => {
    expect(firings(play)).toEqual([]);
  });
});
