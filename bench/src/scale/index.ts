import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { msToNs } from '@auditrail/core';
import type { Benchmark } from '../benchmark.ts';
import { DAY_MS } from '../trail/calendar.ts';
import { trail } from '../trail/trail.ts';
import { openKeeper } from './keeper.ts';
import { openLoki } from './loki.ts';
import { QUESTIONS, type Peer, type PeerOptions, type Question } from './peer.ts';
import { dropCaches, flushToDisk } from './process.ts';
import { peerFigures, type PeerResult } from './results.ts';
import { Tally, wrongAnswers } from './tally.ts';
import { requestsOf, shared } from './send-entries.ts';
import { openVictoriaLogs } from './victoria-logs.ts';

const PEERS: ((options: PeerOptions) => Promise<Peer>)[] = [openKeeper, openVictoriaLogs, openLoki];

/**
 * Loads the same realistic entries into each peer, asks each the same questions with an empty page cache, and compares the
 * answers with the entries.
 */
export const scale: Benchmark = async ({ quick, seed, log, ...options }) => {
  const { entries = quick ? 300_000 : 1_000_000, days = quick ? 3 : 30 } = options;
  const endMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const range = { start: msToNs(endMs - days * DAY_MS), end: msToNs(endMs) };
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-bench-scale-'));
  const notCold = await dropCaches();
  const cold = notCold === '' || `the caches cannot be dropped: ${notCold}`;
  const results: PeerResult[] = [];
  const wrong: string[] = [];

  const newTrail = () => {
    const tally = new Tally(entries, range);
    return { tally, requests: requestsOf(tally.count(trail({ entries, days, seed, endMs }))) };
  };
  // A short run has no time to make the entries for each.
  const same = newTrail();
  const sameRequests = shared(same.requests);
  const load = async (peer: Peer) => {
    const { tally, requests } = quick ? { ...same, requests: sameRequests } : newTrail();
    const began = performance.now();
    await peer.load(requests);
    const loadMs = performance.now() - began;
    log(`${peer.name}: ${entries} entries loaded in ${(loadMs / 1_000).toFixed(1)} s`);
    return { peer, tally, loadMs };
  };
  const ask = async ({ peer, tally, loadMs }: Awaited<ReturnType<typeof load>>) => {
    const { ms, answers } = await askAll(peer, tally, log);
    wrong.push(...wrongAnswers(tally.answers, answers).map((text) => `${peer.name} ${text}`));
    const [diskBytes, rssBytes] = [peer.diskBytes(), peer.rssBytes()];
    results.push({ name: peer.name, isOurs: peer.isOurs ?? false, entries, loadMs, ms, diskBytes, rssBytes });
  };

  // One after the other, so that they do not share memory and processors; a short run has no time for that.
  const groups = quick ? [PEERS] : PEERS.map((openPeer) => [openPeer]);
  try {
    for (const group of groups) {
      const peers: Peer[] = [];
      try {
        for (const openPeer of group) peers.push(await openPeer({ folder: newFolder(folder), log }));
        const loaded = await Promise.all(peers.map(load));
        await flushToDisk();
        for (const each of loaded) await ask(each);
      } finally {
        for (const peer of peers) await peer.stop();
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { entries, days, cold, ...peerFigures(results), same_answers: wrong.length === 0 || wrong.join('; ') };
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
