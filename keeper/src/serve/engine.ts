import type { TenantTokens } from '../gateway-tokens/index.ts';
import { linesClient, loadSigner, runExport } from '../export/index.ts';
import { jobQuery, jobRange } from './export-job.ts';
import { fileNameOf } from './file-name.ts';
import type { Engine } from './jobs.ts';

export interface ExportEngineOptions {
  /** Address of the gateway. */
  url: string;
  /** Its tokens, one to read each tenant. */
  tokens: TenantTokens;
  /** The Ed25519 key that signs manifests; created if missing. */
  keyFile: string;
}

/** Runs exports as `auditrail export` does, from Loki behind the gateway. */
export function exportEngine({ url, tokens, keyFile }: ExportEngineOptions): Engine {
  const { signer } = loadSigner(keyFile);
  const engine: Engine = async ({ job: { tenant, request }, folder, signal, onProgress }) => {
    const { formats, columns, name } = request;
    const { rows, files, manifestName } = await runExport({
      loki: linesClient({ url, tenant, headers: { Authorization: `Bearer ${tokens.of(tenant, 'read')}` } }),
      ...{ tenant, formats, folder, signal, signer },
      ...(columns && { columns }),
      query: jobQuery(request),
      range: jobRange(request),
      // Several jobs run at once: together they take as much of Loki and of memory as one command.
      parallel: 2,
      name: fileNameOf(name),
      existing: 'resume',
      onProgress: ({ rows, bytes, share }) => onProgress({ rows, bytes, done: share }),
    });
    return { rows, files, manifest: manifestName };
  };
  const { keyId, publicKey } = signer;
  return Object.assign(engine, { signer: { keyId, publicKey } });
}
