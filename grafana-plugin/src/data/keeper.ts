import type { Filter } from '@auditrail/core';
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
  createdBy: { name: string; email?: string };
  status: 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'expired';
  createdAt: string;
  expiresAt?: string;
  progress?: { rows: number; bytes: number; done: number };
  rows?: number;
  files?: Array<{ format: string; rows: number; bytes: number; sha256: string }>;
  error?: { code: string; message: string };
}

export type NewExport = Pick<BackgroundExport, 'name' | 'formats' | 'from' | 'to' | 'filters' | 'search'>;

const BASE = `${PATHS.proxy}/keeper/v1/exports`;

function explained(error: unknown): Error {
  if (!isFetchError(error)) return error instanceof Error ? error : new Error(String(error));
  const data: unknown = error.data;
  if (typeof data === 'object' && data !== null && 'detail' in data) return new Error(String(data.detail));
  if (error.status === 502 || error.status === 503) {
    return new Error(t('exports.unreachable', 'The keeper cannot be reached. Check that auditrail serve runs.'));
  }
  return new Error(t('exports.refused', 'The keeper refused the request ({{status}})', { status: error.status }));
}

async function ask<T>(method: string, path = '', more: { data?: unknown; responseType?: 'blob' } = {}): Promise<T> {
  const request = { method, url: BASE + path, showErrorAlert: false, showSuccessAlert: false, ...more };
  try {
    return (await lastValueFrom(getBackendSrv().fetch<T>(request))).data;
  } catch (error) {
    throw explained(error);
  }
}

/** The keeper, through the app's guarded route. Errors are in words for people. */
export const keeper = {
  list: async () => (await ask<{ exports: BackgroundExport[] }>('GET', '?limit=100')).exports,
  start: (wanted: NewExport) => ask<BackgroundExport>('POST', '', { data: wanted }),
  cancel: (id: string) => ask<BackgroundExport>('POST', `/${id}/cancel`),
  rerun: (id: string) => ask<BackgroundExport>('POST', `/${id}/rerun`),
  remove: (id: string) => ask<void>('DELETE', `/${id}`),
  /** The ZIP of one format; the log has the entry about it before this resolves. */
  download: (id: string, format: string) => ask<Blob>('GET', `/${id}/files/${format}`, { responseType: 'blob' }),
};
