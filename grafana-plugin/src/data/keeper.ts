import type { Filter } from '@auditrail/core/query';
import { getBackendSrv, isFetchError } from '@grafana/runtime';
import { t } from '@grafana/i18n';
import { lastValueFrom } from 'rxjs';
import { PATHS } from '../constants.ts';

/** A background export, as the keeper's API describes it (`/openapi.json`). */
export interface BackgroundExport {
  id: string;
  name: string;
  formats: string[];
  from: string;
  to: string;
  filters: Filter[];
  search?: string;
  columns?: string[];
  createdBy: { name: string; email?: string };
  status: 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'expired';
  createdAt: string;
  expiresAt?: string;
  progress?: { rows: number; bytes: number; done: number };
  rows?: number;
  files?: Array<{ format: string; rows: number; bytes: number; sha256: string }>;
  error?: { code: string; message: string };
}

export type NewExport = Pick<BackgroundExport, 'name' | 'formats' | 'from' | 'to' | 'filters' | 'search' | 'columns'>;

/** The key that signs the manifests of exports. The public key is in PEM format. */
export interface ExportSigner {
  keyId: string;
  publicKey: string;
}

/** The newest exports, and the total number. */
export interface ExportPage {
  list: BackgroundExport[];
  total: number;
  /** Missing if the keeper does not report it. */
  signer?: ExportSigner;
}

const BASE = `${PATHS.proxy}/keeper/v1/exports`;
/** The maximum page size of the keeper. */
const PAGE_SIZE = 200;

// The keeper's message for a refusal (problem details, RFC 9457); `undefined` if the keeper did not send it.
async function detailOf(data: unknown): Promise<string | undefined> {
  // If a file was requested, Grafana returns the refusal as a file too.
  const text = data instanceof Blob ? await data.text() : undefined;
  try {
    const problem: unknown = text === undefined ? data : JSON.parse(text);
    if (typeof problem !== 'object' || problem === null || !('detail' in problem)) return undefined;
    const errors: unknown[] = 'errors' in problem && Array.isArray(problem.errors) ? problem.errors : [];
    const messages = errors.map((error) => Object.values(error as Record<string, string>).join(': '));
    return [String(problem.detail), ...messages].join('; ');
  } catch {
    return undefined;
  }
}

// The gateway's message for an unknown token, or one with another role or tenant.
function refusalOfGateway(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('error' in data)) return undefined;
  return typeof data.error === 'string' ? data.error : undefined;
}

async function explained(error: unknown): Promise<Error> {
  if (!isFetchError(error)) return error instanceof Error ? error : new Error(String(error));
  const { status } = error;
  const detail = await detailOf(error.data);
  const refusal = status === 401 || status === 403 ? refusalOfGateway(error.data) : undefined;
  const token = status === 401 ? (detail ?? refusal) : refusal;
  if (token !== undefined) {
    const remedy = t(
      'exports.token',
      'Check the gateway on the configuration page, and check that the keeper is set up for this organization.',
    );
    return new Error(`${token}. ${remedy}`);
  }
  if (detail !== undefined) return new Error(detail);
  if (status === 403) {
    return new Error(
      t(
        'export.forbidden',
        'You do not have permission to export the audit log. Ask an administrator for the "Audit log exporter" role.',
      ),
    );
  }
  // Grafana returns 502 if nothing listens. Without a status, the response was interrupted.
  if (!(status > 0) || [502, 503, 504].includes(status)) {
    return new Error(
      t(
        'exports.unreachable',
        'The keeper could not be reached, or its response was interrupted. Check that auditrail serve is running. Its log has the reason.',
      ),
    );
  }
  return new Error(t('exports.refused', 'The keeper refused the request ({{status}})', { status }));
}

async function ask<T>(method: string, path = '', more: { data?: unknown; responseType?: 'blob' } = {}): Promise<T> {
  const request = { method, url: BASE + path, showErrorAlert: false, showSuccessAlert: false, ...more };
  try {
    return (await lastValueFrom(getBackendSrv().fetch<T>(request))).data;
  } catch (error) {
    throw await explained(error);
  }
}

/** The keeper, through the app's guarded route. Errors have messages for users. */
export const keeper = {
  async list(count: number): Promise<ExportPage> {
    const list: BackgroundExport[] = [];
    for (let before = ''; ;) {
      const limit = Math.min(count - list.length, PAGE_SIZE);
      const page = await ask<{ exports: BackgroundExport[]; total: number; next?: string; signer?: ExportSigner }>(
        'GET',
        `?limit=${limit}${before}`,
      );
      list.push(...page.exports);
      if (page.next === undefined || list.length >= count) {
        return { list, total: page.total, ...(page.signer && { signer: page.signer }) };
      }
      before = `&before=${page.next}`;
    }
  },
  start: (wanted: NewExport) => ask<BackgroundExport>('POST', '', { data: wanted }),
  cancel: (id: string) => ask<BackgroundExport>('POST', `/${id}/cancel`),
  rerun: (id: string) => ask<BackgroundExport>('POST', `/${id}/rerun`),
  remove: (id: string) => ask<void>('DELETE', `/${id}`),
  /** The address of the ZIP of one format, within Grafana. */
  address: (id: string, format: string) => `${BASE}/${id}/files/${format}`,
  /** Downloads the ZIP of one format. The download is recorded in the log before this resolves. */
  download: (id: string, format: string) => ask<Blob>('GET', `/${id}/files/${format}`, { responseType: 'blob' }),
};
