import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { parseEntry, type AuditEntry, type otlpLogs } from '@auditrail/core';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Engine } from '../jobs.ts';
import { serve, type RunningKeeper, type ServeOptions } from '../serve.ts';
import { SCOPES } from '../tokens.ts';

/** The content of these tests' exports: their engine replaces keeper/src/export, which has its own tests. */
export const CONTENT = '{"entry":1}\n';
/** Exports named `slow…` never end; for those named `bad…` the disk is full. */
export const fakeEngine: Engine = async ({ job, folder, signal, onProgress }) => {
  onProgress({ rows: 1, bytes: 12, done: 0.5 });
  while (job.request.name.startsWith('slow')) await sleep(20, undefined, { signal });
  if (job.request.name.startsWith('bad')) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  writeFileSync(join(folder, 'audit-log.ndjson'), CONTENT);
  writeFileSync(join(folder, 'audit-log.manifest.json'), '{}');
  const sha256 = createHash('sha256').update(CONTENT).digest('hex');
  return {
    rows: 1,
    files: [{ format: 'ndjson', name: 'audit-log.ndjson', rows: 1, bytes: CONTENT.length, sha256 }],
    manifest: 'audit-log.manifest.json',
  };
};

fakeEngine.signer = { keyId: '00ff', publicKey: 'PUBLIC' };

export const ISSUER = 'https://grafana.example.com/';
const GRAFANA_TOKEN = 'grafana-proxy-token';
const HOUR_MS = 3_600_000;

export const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });

interface Claims {
  aud?: string;
  iss?: string;
  type?: string;
  seconds?: number;
  key?: CryptoKey;
}

export interface Answer {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}

/**
 * A keeper that listens, with a collector that only accepts or refuses (serve.itest.ts uses the real one), and with keys
 * in place of Grafana's.
 */
export async function keeperLab(folder = mkdtempSync(join(tmpdir(), 'auditrail-serve-'))) {
  const logged: { event: string; details: Record<string, unknown> }[] = [];
  const taken: string[] = [];
  const collector = createServer((request, response) => {
    if (request.method !== 'POST') return void response.writeHead(404).end();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (lab.collectorUp) taken.push(gunzipSync(Buffer.concat(chunks)).toString('latin1'));
      response.writeHead(lab.collectorUp ? 200 : 503, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const keys = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] };
  const options: ServeOptions = {
    ...{ folder, engine: fakeEngine, port: 0, entryTimeoutMs: 2_500 },
    collector: { url: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`, tokens: { of: () => 'write' } },
    grafana: {
      ...{ url: 'http://grafana:3000', issuer: ISSUER, keys: jwks, token: GRAFANA_TOKEN },
      orgs: new Map([[1, 'audit']]),
    },
    intake: { token: 'intake', port: 0 },
    rates: { requests: 10_000, reads: 10_000, starts: 10_000, failures: 10_000 },
    log: (_, event, details = {}) => void (event === 'refused' && logged.push({ event, details })),
  };
  let keeper: RunningKeeper = await serve(options);

  const lab = {
    ...{ folder, options, logged, taken, collectorUp: true },
    get url() {
      return keeper.url;
    },
    get tokens() {
      return keeper.tokens;
    },
    /** Stops the keeper, and starts it with other options. */
    async restart(more: Partial<ServeOptions> = {}): Promise<void> {
      await keeper.stop();
      await lab.begin(more);
    },
    /** Starts the keeper that was stopped. */
    async begin(more: Partial<ServeOptions> = {}): Promise<void> {
      keeper = await serve({ ...options, ...more });
    },
    stop: () => keeper.stop(),
    /** Before each test: no entries, no log. */
    reset(): void {
      lab.collectorUp = true;
      taken.length = 0;
      logged.length = 0;
    },
    async close(): Promise<void> {
      await keeper.stop();
      collector.close();
      collector.closeAllConnections();
      rmSync(folder, { recursive: true });
    },
    tokenFor: (tenant: string, scopes = [...SCOPES], expiresMs = Date.now() + HOUR_MS) =>
      keeper.tokens.create({ tenant, name: 'test', scopes, expiresMs }),
    async ask(path: string, headers: Record<string, string>, method = 'GET', body?: unknown): Promise<Answer> {
      const response = await fetch(keeper.url + path, {
        method,
        headers: { ...headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const parsed = text ? (JSON.parse(text) as Record<string, unknown>) : {};
      return { status: response.status, body: parsed, headers: response.headers };
    },
    start: (headers: Record<string, string>, more: object = {}) =>
      lab.ask('/v1/exports', headers, 'POST', { ...WANTED, ...more }),
    async finished(headers: Record<string, string>, id: unknown): Promise<Record<string, unknown>> {
      for (;;) {
        const { body } = await lab.ask(`/v1/exports/${String(id)}`, headers);
        if (body['status'] !== 'queued' && body['status'] !== 'running') return body;
        await sleep(10);
      }
    },
    /** The entries that the collector accepted. */
    entries: () => taken.flatMap(entriesOf),
    /** The actions of the entries that the collector accepted. */
    actions: () => taken.flatMap((body) => [...body.matchAll(/audit\.export\.\w+/g)].map(([action]) => action)),
    /** The headers of Grafana's proxy for Ada, or an attacker's change of them. */
    async grafanaHeaders(claims: Claims = {}, context: object = {}): Promise<Record<string, string>> {
      const { aud = 'org:1', iss = ISSUER, type = 'user', seconds = 600, key = keys.privateKey } = claims;
      const now = Math.floor(Date.now() / 1000) + Math.min(0, seconds) - 60;
      const claimsOfAda = { type, identifier: 'uid-ada', username: 'ada', name: 'Ada', email: 'ada@example.com' };
      const token = await new SignJWT(claimsOfAda)
        .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'jwt' })
        .setIssuer(iss)
        .setAudience(aud)
        .setSubject('user:uid-ada')
        .setIssuedAt(now)
        .setExpirationTime(now + 60 + Math.max(0, seconds))
        .sign(key);
      return {
        ...bearer(GRAFANA_TOKEN),
        'X-Grafana-Id': token,
        'X-Grafana-Context': JSON.stringify({ UserUID: 'uid-ada', OrgID: 1, Login: 'ada', ...context }),
        'X-Scope-OrgID': 'audit',
      };
    },
  };
  return lab;
}

function entriesOf(body: string): AuditEntry[] {
  const { resourceLogs } = JSON.parse(Buffer.from(body, 'latin1').toString('utf8')) as ReturnType<typeof otlpLogs>;
  const records = resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
  return records.map((record) => parseEntry(record.body?.stringValue ?? ''));
}

/** A valid request. */
export const WANTED = { name: 'Q3', formats: ['ndjson'], from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' };
