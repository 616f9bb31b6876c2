import { CHAIN_CHANNEL, type AuditEntryInput } from '@auditrail/core';
import type { IntegrityOptions } from './integrity.ts';

export interface Checkpoints {
  /** To be called after each entry that was linked into the chain. */
  recorded(entry: Pick<AuditEntryInput, 'channel'>): void;
  stop(): void;
}

const DEFAULTS = { entries: 1_000, ms: 60_000 };
const NEVER: Checkpoints = { recorded: () => undefined, stop: () => undefined };

/**
 * Says when a checkpoint is due: after so many entries, or so long after the first entry that none covers. The chain's own
 * entries do not count, so an application that is quiet writes none.
 *
 * @param due writes a checkpoint; called from within `recorded` or from a timer, never again before something new came
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
