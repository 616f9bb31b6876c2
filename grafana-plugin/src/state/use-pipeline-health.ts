import { useEffect, useState } from 'react';
import { AuditError } from '@auditrail/core';
import { isLoss, problemKey, readPipelineProblems, type PipelineProblem } from '../data/pipeline-health.ts';

const EVERY_MS = 30_000;
const LONGEST_WAIT_MS = 10 * 60_000;
/** How long the page reports that a problem is over. */
const OVER_SHOWN_MS = 5 * 60_000;
/** Statuses that do not change: an older keeper, or a missing permission. */
const FINAL = [403, 404];

export interface PipelineHealth {
  /** As the keeper last reported them. */
  problems: readonly PipelineProblem[];
  /** Problems that only delayed entries and ended, with the time at which that was noticed. */
  over: ReadonlyArray<{ problem: PipelineProblem; endMs: number }>;
  /** The keeper stopped answering, so that the rest may be out of date. */
  unanswered: boolean;
}

const NOTHING: PipelineHealth = { problems: [], over: [], unanswered: false };

function after({ problems: before, over }: PipelineHealth, problems: PipelineProblem[]): PipelineHealth {
  const now = Date.now();
  const current = new Set(problems.map(problemKey));
  const ended = before.filter((problem) => !isLoss(problem) && !current.has(problemKey(problem)));
  return {
    problems,
    over: [...over, ...ended.map((problem) => ({ problem, endMs: now }))].filter(
      ({ endMs }) => now - endMs < OVER_SHOWN_MS,
    ),
    unanswered: false,
  };
}

/**
 * The problems that the keeper finds between applications and Loki's disk, read every 30 seconds. Browsers log each failed
 * request as an error, so the interval grows while the keeper is down, and reading stops if the keeper lacks this API.
 */
export function usePipelineHealth(): PipelineHealth {
  const [health, setHealth] = useState(NOTHING);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const askIn = (ms: number) => {
      timer = setTimeout(() => void ask(ms), ms);
    };
    const ask = async (waitedMs: number) => {
      try {
        const problems = await readPipelineProblems(signal);
        setHealth((before) => after(before, problems));
        askIn(EVERY_MS);
      } catch (error) {
        if (signal.aborted) return;
        setHealth((before) => ({ ...before, unanswered: true }));
        const isFinal = error instanceof AuditError && FINAL.includes(error.status ?? 0);
        if (!isFinal) askIn(Math.min(Math.max(waitedMs, EVERY_MS) * 2, LONGEST_WAIT_MS));
      }
    };
    void ask(0);
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, []);
  return health;
}
