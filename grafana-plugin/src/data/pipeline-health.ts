import { PATHS } from '../constants.ts';
import { grafanaRequest } from './grafana-request.ts';

/** A problem that prevents the tenant's entries from arriving, as the keeper's API describes it. */
export interface PipelineProblem {
  code: string;
  /** Entries from here on are affected. */
  since: string;
  /** When it was last seen. */
  last: string;
  /** Loki's reason for refusing entries. */
  reason?: string;
  /** Entries since then. */
  count?: number;
}

/** After these problems, entries are lost unless they are sent again. After others, they are only late. */
const LOSSES = ['LOKI_DISCARDS', 'COLLECTOR_DROPS', 'LOKI_WAL'];

export const isLoss = ({ code }: PipelineProblem): boolean => LOSSES.includes(code);

/** Identifies one occurrence of a problem, from its start to its end. */
export const problemKey = ({ code, reason = '', since }: PipelineProblem): string => `${code} ${reason} ${since}`;

function isProblem(value: unknown): value is PipelineProblem {
  if (typeof value !== 'object' || value === null) return false;
  const { code, since, last, reason, count } = value as Partial<Record<keyof PipelineProblem, unknown>>;
  return (
    typeof code === 'string' &&
    [since, last].every((time) => typeof time === 'string' && !Number.isNaN(Date.parse(time))) &&
    ['undefined', 'string'].includes(typeof reason) &&
    ['undefined', 'number'].includes(typeof count)
  );
}

/** The problems that the keeper finds between applications and Loki's disk. @throws AuditError if it does not respond */
export async function readPipelineProblems(signal?: AbortSignal): Promise<PipelineProblem[]> {
  const answer = await grafanaRequest({ method: 'GET', url: `${PATHS.proxy}/v1/health/pipeline` }, signal);
  const problems: unknown = typeof answer === 'object' && answer && 'problems' in answer ? answer.problems : undefined;
  return Array.isArray(problems) ? problems.filter(isProblem) : [];
}
