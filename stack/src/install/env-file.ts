import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from '../paths.ts';

const SECRETS = {
  AUDITRAIL_WRITE_TOKEN: 'applications send entries to the collector with it',
  AUDITRAIL_GRAFANA_TOKEN: "Grafana's proxy sends the app's own entries with it",
  AUDITRAIL_KEEPER_TOKEN: "Grafana's proxy asks the keeper for background exports with it",
  AUDITRAIL_READ_TOKEN: 'Grafana and the keeper read through the gateway with it',
  GRAFANA_ADMIN_PASSWORD: "password of Grafana's user admin",
};

/**
 * The text of a `.env` that has every secret: what `existing` sets stays as it is, what is missing gets 24 random bytes.
 */
export function completeEnv(existing: string): { text: string; added: string[] } {
  const set = new Set(existing.split('\n').flatMap((line) => /^\s*(\w+)=\S/.exec(line)?.[1] ?? []));
  const missing = Object.entries(SECRETS).filter(([name]) => !set.has(name));
  const lines = missing.map(([name, use]) => `# ${use}\n${name}=${randomBytes(24).toString('hex')}\n`);
  const before = existing && !existing.endsWith('\n') ? `${existing}\n` : existing;
  return { text: before + lines.join(''), added: missing.map(([name]) => name) };
}

/** Writes what docker-compose needs into `.env`, readable by its owner only; values that are there are kept. */
export function writeEnvFile(file = inRoot('.env')): void {
  const { text, added } = completeEnv(existsSync(file) ? readFileSync(file, 'utf8') : '');
  if (added.length > 0) writeFileSync(file, text, { mode: 0o600 });
  console.log(added.length > 0 ? `${file}: added ${added.join(', ')}` : `${file} has everything already`);
}
