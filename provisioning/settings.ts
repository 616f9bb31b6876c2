import { readFileSync } from 'node:fs';
import { parseSettings, type Settings } from '@auditrail/core/detections';
import { parse } from 'yaml';

/** The file with the overrides of the alert rules. */
const SETTINGS_FILE = 'detections.yaml';

/**
 * Runs a function on parsed overrides; its error names the file.
 *
 * @throws Error that names the file and each wrong member.
 */
export function withSettings<T>(text: string, use: (settings: Settings) => T): T {
  try {
    return use(parseSettings(parse(text)));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${SETTINGS_FILE}: ${message}`, { cause });
  }
}

/** The settings of this folder. */
export const SETTINGS = withSettings(
  readFileSync(new URL(SETTINGS_FILE, import.meta.url), 'utf8'),
  (settings) => settings,
);
