import { LOKI_PATHS } from '@auditrail/core/loki';
import { z } from 'zod';
import { checkRetention, retentionLimits, type Finding } from './retention.ts';

export interface GatewayOptions {
  /** Address of the gateway. */
  url: string;
  /** The reader's bearer token. */
  token: string;
  tenant: string;
}

const answerSchema = z.looseObject({ limits: retentionLimits });
const LIMIT_MS = 10_000;

// Requests that would change Loki if they came through; written so that they do no harm where they do.
const WRITES = [
  { method: 'POST', path: '/loki/api/v1/push', body: '{"streams":[]}' },
  { method: 'POST', path: '/otlp/v1/logs', body: '{}' },
  { method: 'POST', path: '/loki/api/v1/delete', body: '' },
];

/**
 * Checks a gateway that runs: it answers, keeps entries long enough, lets no write through and no stranger in.
 *
 * @example await checkGateway({ url: 'http://127.0.0.1:8080', token, tenant: 'audit' })
 */
export async function checkGateway({ url, token, tenant }: GatewayOptions): Promise<Finding[]> {
  const base = url.replace(/\/+$/, '');
  const ask = (path: string, bearer: string, init: RequestInit = {}) =>
    fetch(base + path, {
      ...init,
      headers: { 'X-Scope-OrgID': tenant, 'Content-Type': 'application/json', Authorization: `Bearer ${bearer}` },
      signal: AbortSignal.timeout(LIMIT_MS),
      redirect: 'manual',
    });

  let limits: Response;
  try {
    limits = await ask(LOKI_PATHS.limits, token);
  } catch (error) {
    const reason = String((error as Error).cause ?? error);
    return [{ ok: false, what: `no answer from ${base} (${reason})`, remedy: 'check the address, and that it runs' }];
  }
  if (limits.status !== 200) {
    const remedy =
      limits.status === 401 ? 'give the token that the gateway was started with' : "see the gateway's and Loki's logs";
    return [
      { ok: false, what: `${base} answered ${limits.status}: ${(await limits.text()).slice(0, 200).trim()}`, remedy },
    ];
  }
  const findings: Finding[] = [{ ok: true, what: `${base} answers for tenant ${tenant}` }];
  const parsed = answerSchema.safeParse(await limits.json().catch(() => undefined));
  findings.push(
    ...(parsed.success
      ? checkRetention({ retention_period: '0s', ...parsed.data.limits }, `tenant ${tenant}`, "Loki's configuration")
      : [{ ok: false, what: `${base} does not answer as Loki does`, remedy: 'check that the address is the gateway' }]),
  );

  for (const { method, path, body } of WRITES) {
    const { status } = await ask(path, token, { method, body });
    const ok = status === 403;
    const what = `${method} ${path} through the gateway: ${status}${ok ? ', refused' : ', which is not a refusal (403)'}`;
    findings.push({ ok, what, ...(!ok && { remedy: 'put the read-only gateway between readers and Loki' }) });
  }
  const { status } = await ask(LOKI_PATHS.limits, `${token}x`);
  const ok = status === 401;
  const remedy = 'readers must need the bearer token: use the gateway of this release';
  findings.push({ ok, what: `a wrong token: ${status}${ok ? ', refused' : ', let in'}`, ...(!ok && { remedy }) });
  return findings;
}
