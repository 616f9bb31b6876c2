import fc from 'fast-check';
import { canonicalJson } from '../entry/canonical-json.ts';
import { completeEntry, parseEntry, type AuditEntry, type AuditEntryInput } from '../entry/entry.ts';
import type { ExportFormat, ExportLine, ExportMeta } from '../formats/export-format.ts';
import { formatTime } from '../time.ts';
import { anyEntryInput, anyText } from './entries.ts';

const FIRST_NS = 1_795_241_899_123_456_789n;

function stored(entry: AuditEntry, ns: bigint): ExportLine {
  const line = canonicalJson(entry);
  return { ns, line, entry: parseEntry(line) };
}

function without<T extends object, K extends keyof T>(value: T, ...names: K[]): Omit<T, K> {
  const rest = { ...value };
  for (const name of names) Reflect.deleteProperty(rest, name);
  return rest;
}

function entryOf(input: AuditEntryInput, n: number): { entry: AuditEntry; ns: bigint } {
  const ns = FIRST_NS - BigInt(n);
  const id = `019a8f3e-7a10-7000-8000-${n.toString(16).padStart(12, '0')}`;
  return { entry: completeEntry(input, { id, time: formatTime(ns), service: 'shop' }), ns };
}

/** For tests: the line of an entry as a reader has it, the `n`th of its trail. */
export function exportLine(input: AuditEntryInput, n = 0): ExportLine {
  const { entry, ns } = entryOf(input, n);
  return stored(entry, ns);
}

/** For tests: the same in the first version of the schema, without the fields that it does not have. */
export function exportLineOf1(input: AuditEntryInput, n = 0): ExportLine {
  const { entry, ns } = entryOf(input, n);
  const rest = without(entry, 'onBehalfOf', 'reason', 'related');
  const actor = without(entry.actor, 'agent');
  const request = entry.request && without(entry.request, 'id');
  const type = actor.type === 'agent' ? 'service' : actor.type;
  return stored({ ...rest, actor: { ...actor, type }, ...(request && { request }), schema: 1 }, ns);
}

/** For tests: a line that is not an entry. */
export function foreignLine(line: string, n = 0): ExportLine {
  return { ns: FIRST_NS - BigInt(n), line, problem: 'invalid audit entry: the line is not JSON' };
}

/** For tests: lines that a reader can return, unusual entries of both versions and lines of other programs. */
export const anyExportLines: fc.Arbitrary<ExportLine[]> = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: anyEntryInput.map((input) => (n: number) => exportLine(input, n)) },
      { weight: 2, arbitrary: anyEntryInput.map((input) => (n: number) => exportLineOf1(input, n)) },
      { weight: 1, arbitrary: anyText.map((text) => (n: number) => foreignLine(text.toWellFormed(), n)) },
    ),
    { maxLength: 5 },
  )
  .map((makers) => makers.map((make, n) => make(n)));

/** For tests: a complete file. */
export function exportText(format: ExportFormat, lines: readonly ExportLine[], meta: Partial<ExportMeta> = {}): string {
  const whole = { exportedAt: '2026-11-21T06:18:19Z', ...meta };
  const rows = lines.map((line) => format.row(line, whole));
  return format.head(whole) + rows.join(format.separator) + format.tail(whole);
}

const grace = { type: 'user', id: '42', name: 'Grace', email: 'grace@example.com' } as const;

/** For tests: an agent that acts for another agent and a person, with every field of the second version. */
export const agentInput = {
  action: 'invoice.updated',
  description: 'Reminder sent',
  actor: {
    type: 'agent',
    id: 'bot-1',
    groups: ['bots'],
    agent: { name: 'support-bot', version: '1.4', model: 'm-large', runId: 'run-9' },
  },
  onBehalfOf: [{ type: 'agent', id: 'planner' }, grace],
  reason: 'Ticket 7',
  target: { type: 'invoice', id: '8' },
  related: [
    { type: 'customer', id: '99', name: 'Bob' },
    { type: 'order', id: 'o-1' },
  ],
  request: { id: 'req-1', method: 'POST', endpoint: '/x', status: 200, operation: 'X' },
} satisfies AuditEntryInput;
