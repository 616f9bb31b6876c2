import { formatTime } from '@auditrail/core';
import { plainText } from '../terminal/plain-text.ts';
import type { ExportProgress } from './export-options.ts';

const BAR = 24;
const LINE_EVERY_MS = 10_000;

const number = (value: number) => Math.round(value).toLocaleString('en-US');

function lineOf({ rows, bytes, reachedNs, share, waiting }: ExportProgress, perSecond: number): string {
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const state =
    waiting === undefined ? `back to ${formatTime(reachedNs).slice(0, 19)}Z` : `waiting for Loki: ${waiting}`;
  return `${percent}  ${number(rows)} entries, ${number(bytes / 1e6)} MB, ${number(perSecond)}/s, ${state}`;
}

/** Shows the progress of an export on a stream: a bar on a terminal, otherwise a line every ten seconds. */
export function showProgress(stream: NodeJS.WriteStream): {
  show: (progress: ExportProgress) => void;
  end: () => void;
} {
  const began = Date.now();
  let first: number | undefined;
  let last = 0;
  const text = (progress: ExportProgress) => {
    first ??= progress.rows;
    const line = lineOf(progress, ((progress.rows - first) / Math.max(1, Date.now() - began)) * 1000);
    return plainText(line);
  };
  if (!stream.isTTY) {
    const show = (progress: ExportProgress) => {
      const now = Date.now();
      if (progress.share < 1 && now - last < LINE_EVERY_MS) return;
      last = now;
      stream.write(`${text(progress).trim()}\n`);
    };
    return { show, end: () => undefined };
  }
  const show = (progress: ExportProgress) => {
    const filled = Math.round(progress.share * BAR);
    const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`;
    stream.write(`\r${bar} ${text(progress)}`.slice(0, stream.columns) + '\u001b[K');
    last = 1;
  };
  return { show, end: () => void (last && stream.write('\n')) };
}
