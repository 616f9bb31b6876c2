import type { Change, JsonValue } from '@auditrail/core';
import { valueText } from '../../format/json-text.ts';

export type ChangeKind = 'added' | 'removed' | 'changed';

/** A piece of a text, and whether it is in both texts, only before, or only after. */
export interface Piece {
  text: string;
  in: 'both' | 'before' | 'after';
}

/** A change to be shown: two texts side by side, or as one if they have several lines. */
export interface ShownChange {
  path: string;
  kind: ChangeKind;
  layout: 'sides' | 'lines';
  pieces: Piece[];
}

/** Finds the differences between two texts, by words or by lines; `undefined` if that would take too long. */
export type Differ = (before: string, after: string, by: 'words' | 'lines') => Piece[] | undefined;

// Quotes distinguish "1" from 1.
function textsOf(before: JsonValue | undefined, after: JsonValue | undefined): [string, string] {
  const texts: [string, string] = [valueText(before), valueText(after)];
  return texts[0] === texts[1] && before !== undefined && after !== undefined
    ? [JSON.stringify(before), JSON.stringify(after)]
    : texts;
}

/**
 * Prepares a change to be shown.
 *
 * @param differ missing until it is loaded; without it, each text is one piece
 */
export function showChange({ path, before, after }: Change, differ?: Differ): ShownChange {
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  const [from, to] = textsOf(before, after);
  const layout = kind === 'changed' && (from.includes('\n') || to.includes('\n')) ? 'lines' : 'sides';
  const whole: Piece[] = [
    ...(kind === 'added' ? [] : [{ text: from, in: 'before' } as const]),
    ...(kind === 'removed' ? [] : [{ text: to, in: 'after' } as const]),
  ];
  // A number or a single word is replaced as a whole.
  const hasParts = layout === 'lines' || (from.includes(' ') && to.includes(' '));
  const pieces =
    kind === 'changed' && hasParts ? differ?.(from, to, layout === 'lines' ? 'lines' : 'words') : undefined;
  return { path, kind, layout, pieces: pieces ?? whole };
}

/** A run of lines, followed by a number of `hidden` lines that are the same on both sides. */
export interface LineRun {
  lines: string[];
  in: Piece['in'];
  hidden: number;
}

const CONTEXT = 3;

/** Runs of lines without long unchanged parts. */
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
