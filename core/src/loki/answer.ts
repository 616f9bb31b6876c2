import * as z from 'zod/mini';
import { AuditError } from '../errors.ts';

// https://grafana.com/docs/loki/latest/reference/loki-http-api/: a value is [ns, line] and, with categorized labels, a
// third element.
const streams = z.object({
  data: z.object({
    resultType: z.literal('streams'),
    result: z.array(
      z.object({
        stream: z.record(z.string(), z.string()),
        values: z.custom<readonly unknown[]>(Array.isArray),
      }),
    ),
  }),
});

const categorized = z.object({ structuredMetadata: z._default(z.record(z.string(), z.string()), {}) });

const vector = z.object({
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});

const matrix = z.object({
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([z.number(), z.string()])) }),
    ),
  }),
});

function parse<T>(schema: z.ZodMiniType<T>, answer: unknown): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw new AuditError('LOKI_ANSWER', "the answer is not what Loki's API describes", { cause: result.error });
}

/** One line as Loki has it. */
export interface LokiLine {
  ns: bigint;
  line: string;
  /** Its labels and structured metadata, if they were asked for. */
  labels?: Readonly<Record<string, string>>;
}

/** The parsed answer of a client that requests lines in a format other than JSON. */
export class LokiLines {
  readonly lines: LokiLine[];

  constructor(lines: LokiLine[]) {
    this.lines = lines;
  }
}

// Checked here and not by the schema, which would copy each of many thousands.
function toLine(value: unknown, stream: Record<string, string>, withLabels: boolean): LokiLine {
  const [ns, line, categories] = Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof line !== 'string' || typeof ns !== 'string' || !/^\d+$/.test(ns)) {
    throw new AuditError(
      'LOKI_ANSWER',
      "the answer is not what Loki's API describes: a value is not a time and a line",
    );
  }
  if (!withLabels) return { ns: BigInt(ns), line };
  const { structuredMetadata } = parse(categorized, categories ?? {});
  return { ns: BigInt(ns), line, labels: { ...stream, ...structuredMetadata } };
}

/**
 * The lines of a query_range answer, in no order.
 *
 * @param withLabels also returns labels and metadata, which the answer must have by category
 */
export function parseLines(answer: unknown, withLabels = false): LokiLine[] {
  if (answer instanceof LokiLines) return answer.lines;
  return parse(streams, answer).data.result.flatMap(({ stream, values }) =>
    values.map((value) => toLine(value, stream, withLabels)),
  );
}

/** One series of an instant query: its labels and its number. */
export interface LokiSample {
  labels: Record<string, string>;
  value: number;
}

export function parseVector(answer: unknown): LokiSample[] {
  return parse(vector, answer).data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/** One series of a range query: `[milliseconds, number]` pairs, oldest first. */
export interface LokiSeries {
  labels: Record<string, string>;
  points: [number, number][];
}

export function parseMatrix(answer: unknown): LokiSeries[] {
  return parse(matrix, answer).data.result.map(({ metric, values }) => ({
    labels: metric,
    points: values.map(([seconds, value]): [number, number] => [seconds * 1000, Number(value)]),
  }));
}
