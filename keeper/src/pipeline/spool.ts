import { spoolStates } from '@auditrail/sdk/spool-state';
import { checkDisk } from './disk.ts';
import { entries, type PipelineFinding } from './finding.ts';

/** An entry that is older is late: delivery takes well under a second. */
const LATE_MS = 60_000;

function ageText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1_440)} days`;
}

const undelivered = (count: number) => `${count} undelivered ${count === 1 ? 'entry' : 'entries'}`;

/**
 * Checks an application's spool folder, without a lock: undelivered entries and their age, dead letters, damage, free
 * space.
 */
export async function checkSpool(path: string, now = Date.now()): Promise<PipelineFinding[]> {
  const findings: PipelineFinding[] = [await checkDisk(path)];
  let states: Awaited<ReturnType<typeof spoolStates>>;
  try {
    states = await spoolStates(path);
  } catch (error) {
    const what = `spool ${path}: ${(error as Error).message}`;
    const remedy = 'give the spool folder of the application, and run as a user who can read it';
    return [...findings, { ok: false, code: 'SPOOL_UNREADABLE', about: path, what, remedy }];
  }
  const pending = states.reduce((sum, state) => sum + state.pending, 0);
  const oldest = Math.min(...states.map(({ oldestMs }) => oldestMs ?? Infinity));
  const age = now - oldest;
  const late = age >= LATE_MS;
  findings.push({
    ...{ ok: !late, code: 'SPOOL_WAITS', about: path },
    what: `spool ${path}: ${pending === 0 ? 'no undelivered entries' : undelivered(pending)}${late ? `, the oldest for ${ageText(age)}` : ''}`,
    ...(late && { remedy: "see the application's log for the reason; start it again if it does not run" }),
  });
  const notStored = states.reduce((sum, state) => sum + state.notStored, 0);
  if (notStored > 0) {
    findings.push({
      ...{ ok: false, code: 'NOT_STORED', about: path, count: notStored },
      what: `spool ${path}: Loki does not hold ${entries(notStored)} that ${notStored === 1 ? 'was' : 'were'} accepted; the application sends ${notStored === 1 ? 'it' : 'them'} again`,
      remedy: "check what is between the collector and Loki, the tenant's limits in Loki, and Loki's disk",
    });
  }
  const letters = states.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
  if (letters > 0) {
    findings.push({
      ...{ ok: false, code: 'DEAD_LETTERS', about: path, count: letters },
      what: `spool ${path}: ${entries(letters)} refused permanently`,
      remedy: `auditrail dead-letters list ${path} shows the reason; fix it, then run auditrail dead-letters resend`,
    });
  }
  const damaged = states.reduce((sum, { damagedFiles }) => sum + damagedFiles, 0);
  if (damaged > 0) {
    findings.push({
      ...{ ok: false, code: 'SPOOL_DAMAGED', about: path },
      what: `spool ${path}: ${damaged} files with damaged bytes`,
      remedy: 'keep the files *.damaged-at-*, check the disk, and run auditrail verify for that time',
    });
  }
  return findings;
}
