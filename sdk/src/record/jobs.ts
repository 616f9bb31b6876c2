import type { JsonValue } from '@auditrail/core';
import { runWithContext } from '../context/request-context.ts';
import { withRequest, type Recorder } from '../context/with-request.ts';

export interface JobOptions {
  /** The job's id, recorded as `actor.id` and `request.operation`. */
  name: string;
  /** The job's name for people. Default: `name`. */
  title?: string | undefined;
  /** Default: `jobs`. */
  channel?: string | undefined;
}

/** Passed to the work of {@link runJob}. */
export interface JobRun {
  /** Recorded in the run's entry: `run.properties.rows = 12`. */
  readonly properties: Record<string, JsonValue>;
}

function errorOf(error: unknown): { code?: string; message: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code } = error as { code?: unknown };
  return { message: error.message, ...(typeof code === 'string' && { code }) };
}

/**
 * Runs a scheduled job with the job as the actor: entries that `work` records through {@link withRequest} have it, and an
 * entry `job.finished` or `job.failed` follows at the end, with `properties.durationMs` and the error.
 *
 * @returns what `work` returns
 * @throws the error of `work`; AuditError if the run's entry cannot be recorded, although the work is done; AggregateError
 *   with both if both fail
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
    authContext: 'job',
    request: { operation: name },
  } as const;
  const run: JobRun = { properties: {} };
  const started = performance.now();
  const recordEnd = (result: 'finished' | 'failed', error?: { code?: string; message: string }) =>
    withRequest(audit).record({
      action: `job.${result}`,
      channel,
      description: `${title} ${result}`,
      properties: { ...run.properties, durationMs: Math.round(performance.now() - started) },
      ...(error && { error }),
    });

  return runWithContext(context, async () => {
    let result: T;
    try {
      result = await work(run);
    } catch (error) {
      try {
        await recordEnd('failed', errorOf(error));
      } catch (auditError) {
        const message = `job ${name} failed, and its entry could not be recorded`;
        throw new AggregateError([error, auditError], message, { cause: error });
      }
      throw error;
    }
    await recordEnd('finished');
    return result;
  });
}
