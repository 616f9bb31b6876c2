import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEntry } from '@auditrail/core';
import type { TestStack } from '@auditrail/stack';
import { otlpLogs, postLogs, type FakeKeeper } from '@auditrail/stack/testing';

/** A log record as an OpenTelemetry SDK sends it: any values, and a time only if it has one. */
export interface OtlpRecord {
  body?: unknown;
  attributes?: Readonly<Record<string, unknown>>;
  service?: string;
  ns?: bigint;
  /** Further members of the record in OTLP/JSON. */
  more?: Record<string, unknown>;
}

type Stack = Pick<TestStack, 'urls' | 'tokensFor'>;

/** A value in OTLP/JSON. A bigint is an integer, a number with a fraction a double. */
function otlpValue(value: unknown): Record<string, unknown> {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return { intValue: String(value) };
  if (typeof value === 'number') return { doubleValue: Number.isFinite(value) ? value : String(value) };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(otlpValue) } };
  if (typeof value === 'object' && value !== null) return { kvlistValue: { values: otlpAttributes(value) } };
  return {};
}

const otlpAttributes = (values: object) =>
  Object.entries(values).map(([key, value]) => ({ key, value: otlpValue(value) }));

/** Records as the body of a request, in the order given. */
export function otlpRecords(records: readonly OtlpRecord[]): string {
  const now = BigInt(Date.now()) * 1_000_000n;
  const resourceLogs = records.map(({ body, attributes = {}, service = 'shop', ns, more }, i) => {
    const logRecord = {
      timeUnixNano: String(ns ?? now + BigInt(i)),
      ...(body !== undefined && { body: otlpValue(body) }),
      attributes: otlpAttributes(attributes),
      ...more,
    };
    const resource = { attributes: otlpAttributes({ 'service.name': service }) };
    return { resource, scopeLogs: [{ scope: { name: 'test' }, logRecords: [logRecord] }] };
  });
  return JSON.stringify({ resourceLogs });
}

/** Sends records as an application with a standard SDK does. @throws Error if they are refused */
export async function sendRecords(
  { urls, tokensFor }: Stack,
  tenant: string,
  records: readonly OtlpRecord[],
  headers: Record<string, string> = {},
): Promise<void> {
  const response = await postLogs(urls.gateway, tokensFor(tenant).write, otlpRecords(records), headers);
  if (!response.ok) throw new Error(`the collector responded with ${response.status}: ${await response.text()}`);
}

/** Sends as our SDK does: the response is Loki's. */
export const sendDirect = ({ urls, tokensFor }: Stack, tenant: string, entries: AuditEntry[]): Promise<Response> =>
  postLogs(urls.gateway, tokensFor(tenant).write, otlpLogs(entries), { 'X-Auditrail-Wait': 'loki' });

/** The lines of a tenant at the keeper; waits for `count` lines. */
export async function keeperLines(keeper: FakeKeeper, tenant: string, count: number): Promise<string[]> {
  for (const deadline = Date.now() + 30_000; ; await sleep(50)) {
    const lines = keeper.linesOf(tenant);
    if (lines.length >= count) return lines;
    if (Date.now() > deadline) throw new Error(`the keeper has ${lines.length} of ${count} lines of ${tenant}`);
  }
}

/** A metric of the collector about the keeper's exporter, such as `queue_size`; 0 if it is missing. */
export async function keeperMetric({ urls }: Stack, name: string): Promise<number> {
  const metrics = await (await fetch(urls.collectorMetrics)).text();
  const line = new RegExp(`^otelcol_exporter_${name}(?:_total)?\\{.*exporter="otlp_http/keeper".*\\} (\\S+)`, 'm');
  return Number(line.exec(metrics)?.[1] ?? 0);
}

const DAY_NS = 86_400_000_000_000n;

/** Labels and structured metadata by line, of everything that a page could show; waits for `lines` lines. */
export async function attributesByLine(
  { urls }: Stack,
  tenant: string,
  lines: number,
): Promise<Map<string, Record<string, string>>> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const range = { start: String(now - DAY_NS), end: String(now + DAY_NS) };
  const query = new URLSearchParams({ query: '{audit_channel=~".+"}', limit: '1000', ...range });
  const byLine = new Map<string, Record<string, string>>();
  for (const deadline = Date.now() + 15_000; Date.now() < deadline && byLine.size < lines; await sleep(200)) {
    const url = `${urls.loki}/loki/api/v1/query_range?${query}`;
    const answer = await fetch(url, { headers: { 'X-Scope-OrgID': tenant } });
    type Answer = { data: { result: { stream: Record<string, string>; values: [string, string][] }[] } };
    for (const { stream, values } of ((await answer.json()) as Answer).data.result) {
      for (const [, line] of values) byLine.set(line, stream);
    }
  }
  return byLine;
}
