import type { Finding } from './retention.ts';

const TIMEOUT_MS = 5_000;

/** Checks the health endpoint of a component: 2xx is healthy. */
export async function checkHealth(url: string): Promise<Finding> {
  let what: string;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.ok) return { ok: true, what: `${url} is healthy` };
    what = `${url} answered ${response.status}: ${(await response.text()).slice(0, 200).trim()}`;
  } catch (error) {
    what = `no answer from ${url} (${String((error as Error).cause ?? error)})`;
  }
  return { ok: false, what, remedy: 'see its log' };
}
