import type { JsonValue } from '@auditrail/core';
import { runWithContext } from '../context/request-context.ts';
import { withRequest, type Recorder } from '../context/with-request.ts';

export interface JobOptions {
  /** Names the job everywhere: the actor's id and the operation. */
  name: string;
  /** The job's name for people. Default `name`. */
  title?: string | undefined;
  /** Default `jobs`. */
  channel?: string | undefined;
}

/** What a run can say of itself. */
export interface JobRun {
  /** Ends up in the run's entry: `run.properties.rows = 12`. */
  readonly properties: Record<string, JsonValue>;
}

function errorOf(error: unknown): { code?: string; message: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code } = error as { code?: unknown };
  return { message: error.message, ...(typeof code === 'string' && { code }) };
}

/**
 * Runs a scheduled job as the system: what `work` records through {@link withRequest} has the job as its actor, and at its
 * end stands an entry `job.finished` or `job.failed` with `properties.durationMs` and the error.
 *
 * @returns what `work` gives
 * @throws what `work` throws; AuditError where the run's entry cannot be recorded (the work is done then); AggregateError
 *   of both where both happen
 * @example
 * await runJob(audit, { name: 'expire-sessions', title: 'Session clean-up' }, async (run) => {
 *   run.properties.sessions = await expireSessions();
 * });
 */
export async function runJob<T>(
  audit: Recorder,
  { name, title = name, channel = 'jobs' }: JobOptions,
  work: (run: JobRun) => T | Promise<T>,
): Promise<T> {
  const context = {
    actor: { type: 'system', id: name, name: title },
    category: 'task',
    request: { operation: name },
  } as const;
  const run: JobRun = { properties: {} };
  const started = performance.now();
  const ended = (action: string, said: string, error?: { code?: string; message: string }) =>
    withRequest(audit).record({
      action,
      channel,
      description: `${title} ${said}`,
      properties: { ...run.properties, durationMs: Math.round(performance.now() - started) },
      ...(error && { error }),
    });

  return runWithContext(context, async () => {
    let result: T;
    try {
      result = await work(run);
    } catch (error) {
      try {
        await ended('job.failed', 'failed', errorOf(error));
      } catch (auditError) {
        throw new AggregateError([error, auditError], `job ${name} failed, and so did its entry`, { cause: error });
      }
      throw error;
    }
    await ended('job.finished', 'finished');
    return result;
  });
}
