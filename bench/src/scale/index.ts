import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { msToNs } from '@auditrail/core';
import type { Benchmark, Figures } from '../benchmark.ts';
import { DAY_MS } from '../trail/calendar.ts';
import { trail } from '../trail/trail.ts';
import { openLoki } from './loki.ts';
import { QUESTIONS, type Peer, type PeerOptions, type Question } from './peer.ts';
import { dropCaches } from './process.ts';
import { peerFigures } from './results.ts';
import { Tally, wrongAnswers } from './tally.ts';
import { openVictoriaLogs } from './victoria-logs.ts';

// One after the other, so that they do not share memory and processors.
const PEERS: ((options: PeerOptions) => Promise<Peer>)[] = [openVictoriaLogs, openLoki];

/**
 * Loads the same realistic entries into each peer, asks each the same questions with empty caches, and compares the answers
 * with the entries.
 */
export const scale: Benchmark = async ({ quick, seed, log, ...options }) => {
  const { entries = quick ? 300_000 : 1_000_000, days = quick ? 3 : 30 } = options;
  const endMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const range = { start: msToNs(endMs - days * DAY_MS), end: msToNs(endMs) };
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-bench-scale-'));
  const notCold = await dropCaches();
  const figures: Figures = { entries, days, cold: notCold === '' || `the caches cannot be dropped: ${notCold}` };
  const wrong: string[] = [];
  try {
    for (const openPeer of PEERS) {
      const tally = new Tally(entries, range);
      const peer = await openPeer({ folder: newFolder(folder), log });
      try {
        const began = performance.now();
        await peer.load(tally.count(trail({ entries, days, seed, endMs })));
        const loadMs = performance.now() - began;
        log(`${peer.name}: ${entries} entries loaded in ${(loadMs / 1_000).toFixed(1)} s`);
        const { ms, answers } = await askAll(peer, tally, log);
        wrong.push(...wrongAnswers(tally.answers, answers).map((text) => `${peer.name} ${text}`));
        const [diskBytes, rssBytes] = [peer.diskBytes(), peer.rssBytes()];
        Object.assign(figures, peerFigures({ name: peer.name, entries, loadMs, ms, diskBytes, rssBytes }));
      } finally {
        await peer.stop();
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { ...figures, same_answers: wrong.length === 0 || wrong.join('; ') };
};

let folders = 0;

function newFolder(parent: string): string {
  const folder = join(parent, String(folders++));
  mkdirSync(folder);
  return folder;
}

async function askAll(peer: Peer, tally: Tally, log: (line: string) => void) {
  const { subjects } = tally;
  const ms = {} as Record<Question, number>;
  const answers = {} as Record<Question, number>;
  for (const question of QUESTIONS) {
    await dropCaches();
    const began = performance.now();
    answers[question] = await peer.ask[question](subjects);
    ms[question] = performance.now() - began;
    log(`${peer.name} ${question}: ${answers[question]} in ${Math.round(ms[question])} ms`);
  }
  return { ms, answers };
}
