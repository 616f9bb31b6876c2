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
const TIMEOUT_MS = 10_000;

const REMEDIES = new Map([
  [401, 'the token is unknown to the gateway or revoked: see auditrail token list'],
  [403, 'give a token to read this tenant: auditrail token create --for read'],
]);

// Requests that would change Loki if the gateway allowed them; harmless if it does.
const WRITES = [
  { method: 'POST', path: '/loki/api/v1/push', body: '{"streams":[]}' },
  { method: 'POST', path: '/otlp/v1/logs', body: '{}' },
  { method: 'POST', path: '/v1/logs', body: '{}' },
  { method: 'POST', path: '/loki/api/v1/delete', body: '' },
];

/**
 * Checks a running gateway: it answers, Loki keeps entries long enough, writes and unknown tokens are refused, and the
 * token reads no other tenant.
 *
 * @example await checkGateway({ url: 'http://127.0.0.1:8080', token, tenant: 'audit' })
 */
export async function checkGateway({ url, token, tenant }: GatewayOptions): Promise<Finding[]> {
  const base = url.replace(/\/+$/, '');
  const ask = (path: string, bearer: string, init: RequestInit = {}, scope = tenant) =>
    fetch(base + path, {
      ...init,
      headers: { 'X-Scope-OrgID': scope, 'Content-Type': 'application/json', Authorization: `Bearer ${bearer}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'manual',
    });

  let limits: Response;
  try {
    limits = await ask(LOKI_PATHS.limits, token);
  } catch (error) {
    const reason = String((error as Error).cause ?? error);
    return [
      { ok: false, what: `no answer from ${base} (${reason})`, remedy: 'check the address, and that the gateway runs' },
    ];
  }
  if (limits.status !== 200) {
    const remedy = REMEDIES.get(limits.status) ?? "see the gateway's and Loki's logs";
    return [
      { ok: false, what: `${base} answered ${limits.status}: ${(await limits.text()).slice(0, 200).trim()}`, remedy },
    ];
  }
  const findings: Finding[] = [{ ok: true, what: `${base} answers for tenant ${tenant}` }];
  const parsed = answerSchema.safeParse(await limits.json().catch(() => undefined));
  findings.push(
    ...(parsed.success
      ? checkRetention({ retention_period: '0s', ...parsed.data.limits }, `tenant ${tenant}`, "Loki's configuration")
      : [{ ok: false, what: `${base} does not answer like Loki`, remedy: 'check that the address is the gateway' }]),
  );

  for (const { method, path, body } of WRITES) {
    const { status } = await ask(path, token, { method, body });
    const ok = status === 403;
    const what = `${method} ${path} through the gateway: ${status}${ok ? ', refused' : ', which is not a refusal (403)'}`;
    findings.push({ ok, what, ...(!ok && { remedy: 'place the read-only gateway between readers and Loki' }) });
  }
  const refusals = [
    { what: 'a wrong token', wanted: 401, asked: ask(LOKI_PATHS.limits, `${token}x`) },
    {
      what: 'the token for another tenant',
      wanted: 403,
      asked: ask(LOKI_PATHS.limits, token, {}, `not-${tenant}`.slice(0, 64)),
    },
  ];
  for (const { what, wanted, asked } of refusals) {
    const { status } = await asked;
    const ok = status === wanted;
    const remedy = 'a token must be valid for one tenant only: use the gateway of this release';
    findings.push({ ok, what: `${what}: ${status}${ok ? ', refused' : ', allowed'}`, ...(!ok && { remedy }) });
  }
  return findings;
}
