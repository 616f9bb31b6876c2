import { completeEntry, otlpLogs, type AuditEntryInput } from '@auditrail/core';
import { config } from '@grafana/runtime';
import { uuidv7 } from 'uuidv7';
import { PATHS, PLUGIN_ID } from '../constants.ts';
import { grafanaRequest } from './grafana-request.ts';

/**
 * Writes an entry about the use of the app to the same log. The actor here only makes the entry valid: the collector replaces
 * it with the user that Grafana's proxy states.
 *
 * @throws AuditError `INVALID_ENTRY`, or the reason why the collector did not accept it.
 * @example await writeOwnEntry(settingsEntry({ settings, changes, gatewayChanged: false }))
 */
export async function writeOwnEntry(entry: Omit<AuditEntryInput, 'actor' | 'id' | 'time'>): Promise<void> {
  const { uid, name, login, email } = config.bootData.user;
  const actor = { type: 'user' as const, ...(uid && { id: uid }), name: name || login, ...(email && { email }) };
  const stamp = { id: uuidv7(), time: new Date().toISOString(), service: 'grafana' };
  const complete = completeEntry({ ...entry, actor, authContext: 'grafana' }, stamp);
  const data = otlpLogs([complete], PLUGIN_ID);
  const answer = await grafanaRequest({ method: 'POST', url: `${PATHS.proxy}/v1/logs`, data });
  refuseRejected(answer);
}

// OTLP responds with 200 even if it rejected records, and states how many.
function refuseRejected(answer: unknown): void {
  if (typeof answer !== 'object' || answer === null || !('partialSuccess' in answer)) return;
  const partial = answer.partialSuccess;
  if (typeof partial !== 'object' || partial === null || !('rejectedLogRecords' in partial)) return;
  if (Number(partial.rejectedLogRecords) > 0) {
    const reason = 'errorMessage' in partial ? String(partial.errorMessage) : '';
    throw new Error(`the collector rejected the entry${reason && `: ${reason}`}`);
  }
}
