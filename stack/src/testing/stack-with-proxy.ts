import { startStack, type RunningStack, type StackOptions } from '../services/stack.ts';
import { startFaultyProxy, type FaultyProxy } from './faulty-proxy.ts';

/**
 * Starts a stack whose collector writes to Loki through a proxy that fails on demand. Reads do not pass the proxy.
 *
 * @returns the stack, whose `stop` also stops the proxy
 * @example
 * const { stack, proxy } = await startStackWithProxy();
 * proxy.fail(() => ({ status: 503 }));
 */
export async function startStackWithProxy(
  options: Omit<StackOptions, 'between'> = {},
): Promise<{ stack: RunningStack; proxy: FaultyProxy }> {
  let proxy: FaultyProxy | undefined;
  const between = async (lokiUrl: string) => (proxy = await startFaultyProxy(lokiUrl)).url;
  try {
    const stack = await startStack({ ...options, between });
    if (!proxy) throw new Error('the stack did not start the proxy');
    const started = proxy;
    const stop = () => stack.stop().finally(() => started.stop());
    return { stack: { ...stack, stop }, proxy };
  } catch (error) {
    await proxy?.stop();
    throw error;
  }
}
