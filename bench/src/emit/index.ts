import type { Benchmark } from '../benchmark.ts';
import { againstPeers } from './peers.ts';
import { againstPino } from './against-pino.ts';

/** The cost of `record()` compared with pino, and the entries that other loggers lose in a burst. */
export const emit: Benchmark = async (options) => ({
  ...(await againstPino(options)),
  ...(await againstPeers(options)),
});
