import type { LokiClient } from '@auditrail/core/loki';
import { writeOwnEntry } from '../../data/audit-writer.ts';
import { explainError, type Explanation } from '../../data/explain-error.ts';
import { testConnection, type ConnectionReport } from '../../data/plugin-settings.ts';
import type { AppSettings } from '../../settings.ts';
import type { SaveOutcome } from './SaveResult.tsx';

interface Steps {
  save: () => Promise<void>;
  loki: LokiClient;
  /** Whether a collector is set: without one nothing can be written. */
  writes: boolean;
  settings: AppSettings;
}

/** Saves, writes that it was done, and reads as the audit page does. Each step is told by itself. */
export async function saveAndTest({ save, loki, writes, settings }: Steps): Promise<SaveOutcome> {
  try {
    await save();
  } catch (error) {
    return { state: 'not saved', why: explainError(error) };
  }
  const written = writes ? await writeChange(settings) : ('off' as const);
  return { state: 'saved', read: await testReading(loki), written };
}

async function testReading(loki: LokiClient): Promise<{ report: ConnectionReport } | { why: Explanation }> {
  try {
    return { report: await testConnection(loki) };
  } catch (error) {
    return { why: explainError(error) };
  }
}

// Of the settings only what is no secret.
async function writeChange(settings: AppSettings): Promise<'done' | { why: string }> {
  try {
    await writeOwnEntry({
      action: 'audit.settings.updated',
      description: 'Changed the settings of the audit log',
      target: { type: 'settings', name: 'Auditrail' },
      properties: { ...settings },
    });
    return 'done';
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}
