import { spoolStates } from '@auditrail/sdk/spool-state';
import { checkDisk } from './disk.ts';
import { entries, type PipelineFinding } from './finding.ts';

/** An entry that waits longer is late: delivery takes well under a second. */
const LATE_MS = 60_000;

function ageText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1_440)} days`;
}

/** Checks an application's spool folder, without a lock: what waits and for how long, dead letters, damage, room. */
export async function checkSpool(path: string, now = Date.now()): Promise<PipelineFinding[]> {
  const findings: PipelineFinding[] = [await checkDisk(path)];
  let states: Awaited<ReturnType<typeof spoolStates>>;
  try {
    states = await spoolStates(path);
  } catch (error) {
    const what = `spool ${path}: ${(error as Error).message}`;
    const remedy = 'give the folder that the application has as spool, as a user who may read it';
    return [...findings, { ok: false, code: 'SPOOL_UNREADABLE', about: path, what, remedy }];
  }
  const pending = states.reduce((sum, state) => sum + state.pending, 0);
  const oldest = Math.min(...states.map(({ oldestMs }) => oldestMs ?? Infinity));
  const age = now - oldest;
  const late = age >= LATE_MS;
  findings.push({
    ...{ ok: !late, code: 'SPOOL_WAITS', about: path },
    what: `spool ${path}: ${pending === 0 ? 'nothing waits' : `${entries(pending)} wait${pending === 1 ? 's' : ''}`}${late ? `, the oldest for ${ageText(age)}` : ''}`,
    ...(late && { remedy: "the application's log has the reason; start it again if it does not run" }),
  });
  const letters = states.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
  if (letters > 0) {
    findings.push({
      ...{ ok: false, code: 'DEAD_LETTERS', about: path, count: letters },
      what: `spool ${path}: ${entries(letters)} refused for good`,
      remedy: `auditrail dead-letters list ${path} shows why; remove the cause, then auditrail dead-letters resend`,
    });
  }
  const damaged = states.reduce((sum, { damagedFiles }) => sum + damagedFiles, 0);
  if (damaged > 0) {
    findings.push({
      ...{ ok: false, code: 'SPOOL_DAMAGED', about: path },
      what: `spool ${path}: ${damaged} files with damaged bytes`,
      remedy: 'keep the files *.damaged-at-*, check the disk, and run auditrail verify over the time',
    });
  }
  return findings;
}
