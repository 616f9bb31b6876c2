import type { Change, JsonValue } from '@auditrail/core';
import { valueText } from '../../format/json-text.ts';

export type ChangeKind = 'added' | 'removed' | 'changed';

/** A piece of a text, and where it stands: in both, only before, only after. */
export interface Piece {
  text: string;
  in: 'both' | 'before' | 'after';
}

/** A change as it is shown: two texts side by side, or, where they have several lines, one below the other. */
export interface ShownChange {
  path: string;
  kind: ChangeKind;
  layout: 'sides' | 'lines';
  pieces: Piece[];
}

/** Marks what differs between two texts, by words or by lines; undefined where that would take too long. */
export type Differ = (before: string, after: string, by: 'words' | 'lines') => Piece[] | undefined;

// 1 and "1" are two values: quotes tell them apart.
function textsOf(before: JsonValue | undefined, after: JsonValue | undefined): [string, string] {
  const texts: [string, string] = [valueText(before), valueText(after)];
  return texts[0] === texts[1] && before !== undefined && after !== undefined
    ? [JSON.stringify(before), JSON.stringify(after)]
    : texts;
}

/**
 * How a change is shown.
 *
 * @param differ missing until it is loaded: then each text is one piece
 */
export function showChange({ path, before, after }: Change, differ?: Differ): ShownChange {
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  const [from, to] = textsOf(before, after);
  const layout = kind === 'changed' && (from.includes('\n') || to.includes('\n')) ? 'lines' : 'sides';
  const whole: Piece[] = [
    ...(kind === 'added' ? [] : [{ text: from, in: 'before' } as const]),
    ...(kind === 'removed' ? [] : [{ text: to, in: 'after' } as const]),
  ];
  // A number or one word is another one, not a word with another end.
  const hasParts = layout === 'lines' || (from.includes(' ') && to.includes(' '));
  const pieces =
    kind === 'changed' && hasParts ? differ?.(from, to, layout === 'lines' ? 'lines' : 'words') : undefined;
  return { path, kind, layout, pieces: pieces ?? whole };
}

/** A run of lines, one below the other; `hidden` lines that are the same on both sides stand between. */
export interface LineRun {
  lines: string[];
  in: Piece['in'];
  hidden: number;
}

const CONTEXT = 3;

/** Pieces of lines with long stretches that are the same left out. */
export function lineRuns(pieces: readonly Piece[]): LineRun[] {
  return pieces.flatMap((piece, index): LineRun[] => {
    const lines = piece.text.replace(/\n$/, '').split('\n');
    const [head, tail] = [index === 0 ? 0 : CONTEXT, index === pieces.length - 1 ? 0 : CONTEXT];
    const hidden = lines.length - head - tail;
    if (piece.in !== 'both' || hidden < 2) return [{ lines, in: piece.in, hidden: 0 }];
    return [
      { lines: lines.slice(0, head), in: 'both', hidden },
      { lines: tail ? lines.slice(-tail) : [], in: 'both', hidden: 0 },
    ];
  });
}
