import fc from 'fast-check';
import {
  agentInput,
  anyExportLines,
  exportLine,
  exportLineOf1,
  exportText,
  foreignLine,
} from '../testing/export-lines.ts';
import { jsonFormat } from './json.ts';
import { ndjsonFormat } from './ndjson.ts';

interface Document {
  exported_at: string;
  entries: Record<string, unknown>[];
}
const read = (text: string) => JSON.parse(text) as Document;

// An entry of the document as it is stored.
const unexported = ({ subject, ...rest }: Record<string, unknown>) => ({
  ...rest,
  ...(subject !== undefined && { target: subject }),
});

test('JSON: one document, with nested actor and subject', () => {
  const actor = { type: 'user' as const, id: '7', email: 'ada@example.com' };
  const line = exportLine({ action: 'a.b', description: 'x', actor, target: { type: 't', id: '1' } });
  const document = read(exportText(jsonFormat, [line]));
  expect(document.exported_at).toBe('2026-11-21T06:18:19Z');
  expect(document.entries).toMatchObject([{ id: line.entry?.id, actor, subject: { type: 't', id: '1' } }]);
  expect(read(exportText(jsonFormat, [])).entries).toEqual([]);
});

test('JSON: both versions of the schema in one document', () => {
  const { entries } = read(exportText(jsonFormat, [exportLine(agentInput), exportLineOf1(agentInput, 1)]));
  const { actor, onBehalfOf, reason, related } = agentInput;
  expect(entries).toMatchObject([
    { schema: 2, actor, onBehalfOf, reason, related, request: { id: 'req-1' } },
    { schema: 1, actor: { type: 'service', id: 'bot-1' }, request: { method: 'POST' } },
  ]);
  expect(entries[1]).not.toHaveProperty('onBehalfOf');
});

test('JSON: every entry reads back as it is stored, to the last property', () => {
  fc.assert(
    fc.property(anyExportLines, (lines) => {
      const { entries } = read(exportText(jsonFormat, lines));
      expect(entries).toHaveLength(lines.length);
      for (const [i, { entry, line, problem }] of lines.entries()) {
        if (entry) expect(unexported(entries[i]!)).toEqual(JSON.parse(line));
        else expect(entries[i]).toMatchObject({ line, problem });
      }
    }),
  );
});

test('NDJSON: the lines byte for byte, whatever they contain', () => {
  fc.assert(
    fc.property(anyExportLines, (lines) => {
      const entries = lines.filter(({ entry }) => entry);
      expect(exportText(ndjsonFormat, entries)).toBe(entries.map(({ line }) => `${line}\n`).join(''));
    }),
  );
});

test('NDJSON: a line of another program never becomes two', () => {
  expect(exportText(ndjsonFormat, [foreignLine('no entry'), foreignLine('one\r\ntwo')])).toBe(
    'no entry\n{"time":"2026-11-21T06:18:19.123456789Z","line":"one\\r\\ntwo"}\n',
  );
});
