import type { Finding } from './retention.ts';

const LIMIT_MS = 5_000;

/** Asks a part's own address for its health: 2xx is well. */
export async function checkHealth(url: string): Promise<Finding> {
  let what: string;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) });
    if (response.ok) return { ok: true, what: `${url} is well` };
    what = `${url} answered ${response.status}: ${(await response.text()).slice(0, 200).trim()}`;
  } catch (error) {
    what = `no answer from ${url} (${String((error as Error).cause ?? error)})`;
  }
  return { ok: false, what, remedy: 'see its log' };
}
