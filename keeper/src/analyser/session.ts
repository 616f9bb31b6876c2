import { PROFILE_BOUNDS, type AnalyserSettings } from './settings.ts';

/** From which networks a session was used lately. */
export interface SessionProfile {
  /** Each network once, with the last use of each. */
  seen: [network: string, userAgent: string, ms: number][];
  /** A session is reported once. */
  isReported: boolean;
}

/** Uses of a network that are nearer to each other are not noted again, in milliseconds. */
const PRECISION_MS = 60_000;

/**
 * Notes a use of a session.
 *
 * @returns the networks of the last `sessionMinutes`, if they are too many: as many as `sessionNetworks`, or one less with
 *   different user agents
 */
export function noteSighting(
  session: SessionProfile,
  { network, userAgent = '', ms }: { network: string; userAgent?: string; ms: number },
  { sessionNetworks, sessionMinutes }: Pick<AnalyserSettings, 'sessionNetworks' | 'sessionMinutes'>,
): { isChanged: boolean; networks?: string[] } {
  const known = session.seen.find(([name, agent]) => name === network && agent === userAgent);
  if (known && Math.abs(ms - known[2]) < PRECISION_MS) return { isChanged: false };
  if (known) known[2] = Math.max(known[2], ms);
  else session.seen.push([network, userAgent, ms]);
  session.seen.sort(([, , a], [, , b]) => b - a);
  session.seen.length = Math.min(session.seen.length, PROFILE_BOUNDS.sessionSightings);
  if (session.isReported) return { isChanged: true };
  const near = session.seen.filter(([, , at]) => Math.abs(ms - at) <= sessionMinutes * 60_000);
  const networks = [...new Set(near.map(([name]) => name))];
  const agents = new Set(near.map(([, agent]) => agent));
  session.isReported = networks.length >= sessionNetworks - (agents.size > 1 ? 1 : 0);
  return { isChanged: true, ...(session.isReported && { networks }) };
}
