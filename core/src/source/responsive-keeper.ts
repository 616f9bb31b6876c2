import { AuditError } from '../errors.ts';
import { KEEPER_PATHS, type KeeperClient } from './keeper-client.ts';

export interface ResponsiveOptions {
  /** A keeper that answers nothing for so long is absent, in milliseconds. */
  silentMs?: number;
  /** The longest wait for one answer of a keeper that answers others, in milliseconds. */
  longestMs?: number;
}

// A range before all entries: answered without reading any.
const PROBE = { from: '0', to: '1' };

/**
 * A client that waits for an answer only while the keeper is there. A question that takes long does not mean that the keeper
 * is absent, and Loki would take longer: after half of `silentMs` the keeper is asked something that it can always answer at
 * once.
 *
 * Rejects with an AuditError `KEEPER_UNAVAILABLE` if the keeper is silent.
 */
export function responsiveKeeper(
  keeper: KeeperClient,
  { silentMs = 1_000, longestMs = 20_000 }: ResponsiveOptions = {},
): KeeperClient {
  return {
    async ask(path, body, signal) {
      signal?.throwIfAborted();
      const controller = new AbortController();
      const stop = () => controller.abort(signal?.reason);
      signal?.addEventListener('abort', stop, { once: true });
      const timers: ReturnType<typeof setTimeout>[] = [];
      const after = (ms: number, run: () => void) => timers.push(setTimeout(run, ms));
      try {
        const silent = new Promise<never>((_, reject) => {
          const giveUp = (ms: number) => {
            reject(new AuditError('KEEPER_UNAVAILABLE', `the keeper did not answer within ${ms} ms`));
          };
          let isThere = false;
          after(silentMs / 2, () => {
            keeper.ask(KEEPER_PATHS.count, PROBE, controller.signal).then(
              () => (isThere = true),
              // The question itself reports the reason, or stays without an answer.
              () => undefined,
            );
          });
          after(silentMs, () => !isThere && giveUp(silentMs));
          after(longestMs, () => giveUp(longestMs));
        });
        return await Promise.race([keeper.ask(path, body, controller.signal), silent]);
      } finally {
        for (const timer of timers) clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
        // Ends the requests that are still under way.
        controller.abort();
      }
    },
  };
}
