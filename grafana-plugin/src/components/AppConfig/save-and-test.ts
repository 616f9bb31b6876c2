import type { AppPluginMeta } from '@grafana/data';
import type { Change } from '@auditrail/core';
import { settingsEntry } from '@auditrail/core/own-entries';
import { writeOwnEntry } from '../../data/audit-writer.ts';
import { explainError, explainWriteError, type Explanation } from '../../data/explain-error.ts';
import { keeper } from '../../data/keeper.ts';
import { lokiClientFor } from '../../data/loki-clients.ts';
import { saveSettings, testConnection, type ConnectionReport } from '../../data/plugin-settings.ts';
import { gatewaySecret, tokenClaims } from '../../gateway-secret.ts';
import type { AppSecrets, AppSettings, Configuration } from '../../settings.ts';
import type { Draft } from './fields.ts';
import type { SaveOutcome } from './SaveResult.tsx';

/** The outcome, and the stored configuration if saving succeeded. */
interface Saved {
  outcome: SaveOutcome;
  saved?: Configuration;
}

/**
 * Saves, records the change in the log, reads as the audit log page does, and calls the keeper if background exports are
 * enabled. Each step is reported on its own.
 */
export async function saveAndTest(
  draft: Draft,
  stored: Configuration,
  { enabled = false, pinned = false }: Pick<AppPluginMeta, 'enabled' | 'pinned'>,
): Promise<Saved> {
  const { settings, gateway, keepsGateway } = draft;
  const secrets: AppSecrets = keepsGateway ? {} : { gateway: gatewaySecret(gateway) };
  try {
    await saveSettings(enabled, pinned, settings, { ...secrets, ...blank(stored.old.secrets) });
  } catch (error) {
    return { outcome: { state: 'not saved', why: explainError(error) } };
  }
  const hasGateway = keepsGateway || secrets.gateway !== '';
  const written = hasGateway ? await writeChange(stored.settings, settings, !keepsGateway) : ('off' as const);
  const read = await testReading(settings);
  const exports = settings.backgroundExports ? await testExports() : ('off' as const);
  const tenant = keepsGateway ? undefined : tokenClaims(gateway.token)?.tenant;
  return {
    outcome: { state: 'saved', read, written, exports, ...(tenant !== undefined && { tenant }) },
    saved: { settings, hasGateway, old: { settings: [], secrets: [] } },
  };
}

// Grafana cannot delete a secret. An empty one has the same effect.
const blank = (names: string[]): Record<string, string> => Object.fromEntries(names.map((name) => [name, '']));

async function testReading(settings: AppSettings): Promise<{ report: ConnectionReport } | { why: Explanation }> {
  try {
    return { report: await testConnection(lokiClientFor(settings)) };
  } catch (error) {
    return { why: explainError(error) };
  }
}

// Lists as text: the entry's properties are flat.
const recorded = (settings: AppSettings) => ({ ...settings, views: JSON.stringify(settings.views) });

function changesOf(before: AppSettings, after: AppSettings): Change[] {
  const [old, current] = [recorded(before), recorded(after)];
  const names = Object.keys(current) as Array<keyof AppSettings>;
  return names
    .filter((name) => old[name] !== current[name])
    .map((name) => ({ path: name, before: old[name], after: current[name] }));
}

// Without secrets: a new gateway is reported, but not its address.
async function writeChange(
  before: AppSettings,
  settings: AppSettings,
  gatewayChanged: boolean,
): Promise<'done' | { why: Explanation }> {
  const changes = changesOf(before, settings);
  try {
    await writeOwnEntry(settingsEntry({ settings: recorded(settings), changes, gatewayChanged }));
    return 'done';
  } catch (error) {
    return { why: explainWriteError(error) };
  }
}

async function testExports(): Promise<'done' | { why: string }> {
  try {
    await keeper.list(1);
    return 'done';
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}
