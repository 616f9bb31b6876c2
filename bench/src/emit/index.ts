import type { Benchmark } from '../benchmark.ts';
import { againstPeers } from './peers.ts';
import { againstPino } from './against-pino.ts';

/** What `record()` costs beside pino, and what other ways to Loki lose of a burst. */
export const emit: Benchmark = async (options) => ({
  ...(await againstPino(options)),
  ...(await againstPeers(options)),
});
