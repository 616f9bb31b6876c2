import { msToNs } from '@auditrail/core';
import {
  CATALOGUE,
  parseSettings,
  ruleOf,
  type Detection,
  type Firing,
  type Settings,
} from '@auditrail/core/detections';
import type { TimeRange } from '@auditrail/core/query';
import { createRoute, type z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { backtest, type BacktestResult } from '../backtest/backtest.ts';
import type { Days } from '../days/days.ts';
import { requireScope } from './authenticate.ts';
import { DETECTION_BOUNDS, detectionsAnswer, type detectionSchema, detectionsQuery } from './detection-schemas.ts';
import { Problem } from './problem.ts';
import { answerQuestions } from './questions.ts';
import { json, refusals, security, type Api, type ApiEnv } from './routes.ts';

const all = createRoute({
  ...{ method: 'get', path: '/v1/detections', operationId: 'testDetections', security },
  summary: 'What the alert rules would have fired on, and whether the trail has what they need',
  request: { query: detectionsQuery },
  responses: {
    200: json(detectionsAnswer, 'The rules'),
    ...refusals('NO_INTAKE', 'NOT_FOUND', 'UNPROCESSABLE', 'BUSY', 'OUT_OF_MEMORY', 'TOO_SLOW'),
  },
});

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const BOUNDS = {
  // A test takes both threads of DuckDB.
  ...{ atOnce: 1, waiting: 8, ms: 120_000 },
  busy: { detail: 'Too many tests of rules wait', retryAfter: 5 },
  noIntake: 'This keeper does not keep entries: start it with --intake-token',
};

export interface DetectionRoutesOptions {
  days: Days | undefined;
  /** The settings of the alert rules. Default: without overrides. */
  settings?: Settings | undefined;
  now?: (() => number) | undefined;
}

/** The operations that test alert rules on the keeper's entries. */
export function addDetectionRoutes(app: Api, options: DetectionRoutesOptions): void {
  const { days, settings = parseSettings({}), now = Date.now } = options;
  const ask = answerQuestions(days, BOUNDS);

  const rangeOf = ({ from, to }: { from?: string | undefined; to?: string | undefined }) => {
    const toMs = to === undefined ? now() : Date.parse(to);
    const fromMs = from === undefined ? toMs - DEFAULT_DAYS * DAY_MS : Date.parse(from);
    if (fromMs >= toMs) throw new Problem('UNPROCESSABLE', 'from must be before to');
    if (toMs - fromMs > DETECTION_BOUNDS.rangeDays * DAY_MS) {
      throw new Problem('UNPROCESSABLE', `The range has more than ${DETECTION_BOUNDS.rangeDays} days`);
    }
    const ns = (ms: number) => msToNs(Math.max(0, ms));
    const range: TimeRange = { start: ns(fromMs), end: ns(toMs) };
    return { range, text: { from: iso(fromMs), to: iso(toMs) } };
  };

  const test = (
    context: Pick<Context<ApiEnv>, 'get' | 'req'>,
    detections: readonly Detection[],
    { tried, ...how }: { range: TimeRange; limit: number; tried?: Record<string, number> },
  ) =>
    ask(context, async ({ days: asked, tenant, signal }) => {
      const rules = detections.map((detection) => ruleOf(detection, settings, tried));
      const results = await backtest(asked, tenant, rules, { ...how, signal });
      return rules.map(({ id, title, condition, thresholds }, i) => ({
        ...{ id, title, condition, thresholds, isDisabled: settings.disabled.includes(id) },
        ...answerOf(results[i]),
      }));
    });

  app.openapi(all, async (context) => {
    const { limit, rule, thresholds, ...query } = context.req.valid('query');
    // Who may not read learns nothing from the checks.
    requireScope(context.get('caller'), 'entries:read');
    const detections = CATALOGUE.filter(({ id }) => rule === undefined || rule === id);
    const [first] = detections;
    if (!first) throw new Problem('NOT_FOUND', `There is no rule ${rule}`);
    if (thresholds !== undefined && rule === undefined) {
      throw new Problem('UNPROCESSABLE', 'thresholds need a rule');
    }
    const { range, text } = rangeOf(query);
    const tried = triedOf(first, thresholds);
    return context.json({ ...text, rules: await test(context, detections, { range, limit, tried }) }, 200);
  });
}

const iso = (ms: number) => new Date(ms).toISOString();

function triedOf({ id, defaults }: Detection, text = ''): Record<string, number> {
  const tried: Record<string, number> = {};
  for (const pair of text.split(',').filter(Boolean)) {
    const [name = '', value] = pair.split('=');
    const bounds: Readonly<Record<string, number>> = DETECTION_BOUNDS;
    const most = bounds[name] ?? DETECTION_BOUNDS.threshold;
    if (!Object.hasOwn(defaults, name)) {
      throw new Problem('UNPROCESSABLE', `${id} has no threshold "${name}", only ${Object.keys(defaults).join(', ')}`);
    }
    if (Number(value) > most) throw new Problem('UNPROCESSABLE', `${name} is at most ${most}`);
    tried[name] = Number(value);
  }
  return tried;
}

type Answer = Omit<z.output<typeof detectionSchema>, 'id' | 'title' | 'condition' | 'thresholds' | 'isDisabled'>;

function answerOf({ selections = [], fired = 0, firings = [], ms = 0 }: Partial<BacktestResult> = {}): Answer {
  const last = firings[0];
  return {
    canFire: selections.every(({ use, entries }) => entries > 0 || use === 'except' || use === 'or'),
    selections: selections.map(({ fields, ...rest }) => ({ ...rest, fields: [...fields] })),
    ...{ fired, ms, ...(last && { lastFired: iso(last.at) }) },
    firings: firings.map(({ at, since, ...rest }: Firing) => ({ at: iso(at), since: iso(since), ...rest })),
  };
}
