import { CHAIN_CHANNEL, type AuditEntryInput } from '@auditrail/core';
import type { IntegrityOptions } from './integrity.ts';

export interface Checkpoints {
  /** Call it after each entry that was linked into the chain. */
  recorded(entry: Pick<AuditEntryInput, 'channel'>): void;
  stop(): void;
}

const DEFAULTS = { entries: 1_000, ms: 60_000 };
const NEVER: Checkpoints = { recorded: () => undefined, stop: () => undefined };

/**
 * Decides when a checkpoint is due: after a number of entries, or a time after the first entry without one. The chain's own
 * entries do not count, so an idle application writes no checkpoints.
 *
 * @param due writes a checkpoint; called from `recorded` or from a timer, and not again before another entry
 */
export function checkpoints({ key, signer, checkpointEvery }: IntegrityOptions, due: () => void): Checkpoints {
  if (!key && !signer) return NEVER;
  const entries = checkpointEvery?.entries ?? DEFAULTS.entries;
  const ms = checkpointEvery?.ms ?? DEFAULTS.ms;
  let open = 0;
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const write = () => {
    stop();
    open = 0;
    due();
  };
  return {
    recorded({ channel }) {
      if (channel === CHAIN_CHANNEL) return;
      open++;
      if (open >= entries) return write();
      // An application that has nothing else to do may end; shutdown() signs the tip.
      timer ??= setTimeout(write, ms).unref();
    },
    stop,
  };
}
