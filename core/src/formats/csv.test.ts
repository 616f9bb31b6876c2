import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { anyMemberName, anyText } from '../testing/entries.ts';
import {
  agentInput,
  anyExportLines,
  exportLine,
  exportLineOf1,
  exportText,
  foreignLine,
} from '../testing/export-lines.ts';
import { csvJson, csvText } from './csv-cell.ts';
import { formatTime } from '../time.ts';
import { csvFormat } from './csv.ts';

const ada = { type: 'user', id: '7', name: 'Ada Lovelace', email: 'ada@example.com' } as const;

const read = (text: string, options = {}): Record<string, string>[] =>
  parse(text, { bom: true, columns: true, record_delimiter: '\r\n', ...options });

test('a row for each entry, by columns, with the whole of changes and properties', () => {
  const line = exportLine({
    action: 'invoice.updated',
    description: 'Zoë changed "a", b\r\nand c',
    actor: ada,
    target: { type: 'invoice', id: '42', name: 'Nº 42' },
    source: { ip: '192.0.2.7' },
    scope: { project: 'Apollo' },
    changes: [{ path: 'amount', before: 1, after: null }],
    properties: { nested: { list: [1, 'é'] } },
  });
  const text = exportText(csvFormat, [line], { columns: ['ip', 'id', 'scope.project', 'scope.constructor', 'ip'] });
  expect(text.startsWith('\ufeffid,timestamp,')).toBe(true);
  expect(text.endsWith('\r\n')).toBe(true);
  const [row, ...more] = read(text);
  expect(more).toEqual([]);
  expect(row).toEqual({
    id: line.entry?.id,
    timestamp: line.entry?.time,
    channel: 'invoice',
    event: 'updated',
    action: 'invoice.updated',
    description: 'Zoë changed "a", b\r\nand c',
    outcome: 'success',
    actor_email: 'ada@example.com',
    actor_id: '7',
    actor_name: 'Ada Lovelace',
    actor_type: 'user',
    subject_type: 'invoice',
    subject_id: '42',
    subject_name: 'Nº 42',
    ip: '192.0.2.7',
    scope_project: 'Apollo',
    scope_constructor: '',
    timestamp_stored: '',
    changes: '[{"after":null,"before":1,"path":"amount"}]',
    properties: '{"nested":{"list":[1,"é"]}}',
    unreadable_line: '',
  });
});

test('an agent for a person: all fields, and in every file for whom', () => {
  const [row, older] = read(exportText(csvFormat, [exportLine(agentInput), exportLineOf1(agentInput, 1)]));
  const fields = {
    agent_name: 'support-bot',
    agent_version: '1.4',
    agent_model: 'm-large',
    agent_run_id: 'run-9',
    on_behalf_of:
      '[{"id":"planner","type":"agent"},{"email":"grace@example.com","id":"42","name":"Grace","type":"user"}]',
    reason: 'Ticket 7',
    related: '[{"id":"99","name":"Bob","type":"customer"},{"id":"o-1","type":"order"}]',
    request_id: 'req-1',
  };
  expect(row).toMatchObject({ actor_id: 'bot-1', actor_name: 'support-bot for planner for Grace', ...fields });
  const empty = Object.fromEntries(Object.keys(fields).map((name) => [name, '']));
  expect(older).toMatchObject({ actor_id: 'bot-1', actor_name: '', subject_id: '8', ...empty });
  const [chosen] = read(exportText(csvFormat, [exportLine(agentInput)], { columns: ['ip'] }));
  expect(chosen).toMatchObject({ actor_name: 'support-bot for planner for Grace' });
});

test('a line that is not an entry has its row', () => {
  const [row] = read(exportText(csvFormat, [foreignLine('=no {entry')]));
  expect(row).toMatchObject({ id: '', timestamp: '2026-11-21T06:18:19.123456789Z', unreadable_line: "'=no {entry" });
});

test('the time that an entry is stored under, if its line has another', () => {
  const line = exportLine({ action: 'a', description: '', actor: ada });
  const late = { ...line, ns: line.ns + 86_400_000_000_000n };
  const rows = read(exportText(csvFormat, [line, late]));
  expect(rows.map(({ timestamp }) => timestamp)).toEqual([line.entry?.time, line.entry?.time]);
  expect(rows.map(({ timestamp_stored }) => timestamp_stored)).toEqual(['', formatTime(late.ns)]);
});

test('properties with special meaning in JavaScript are kept', () => {
  const line = exportLine({ action: 'a', description: '', actor: ada, properties: { here: 1 } });
  const stored = { ...line, line: line.line.replace('"here"', '"__proto__"') };
  expect(read(exportText(csvFormat, [stored]))[0]?.properties).toBe('{"__proto__":1}');
});

test.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['  =1', "'  =1"],
  ['\t=1', "'\t'=1"],
  ['\rx', "'\rx"],
  ['\uff1d1', "'\uff1d1"],
  ['"=1', `'"=1`],
  ['a;=1', "a;'=1"],
  ['a; "=1', `a; "'=1`],
  ['a\n=1', "a\n'=1"],
  ['a|@x', "a|'@x"],
  ['a-b=c@d+e, -f', 'a-b=c@d+e, -f'],
])('%j is written as %j', (text, written) => {
  expect(parse(csvText(text))).toEqual([[written]]);
});

// Read by comma, or as Excel does in locales with a decimal comma.
test.each([',', ';', '\t', '|'])('no cell begins a formula, with "%s" between cells', (delimiter) => {
  const relaxed = { delimiter, columns: false, relax_quotes: true, relax_column_count: true, bom: true } as const;
  fc.assert(
    fc.property(anyExportLines, fc.array(anyText), (lines, bits) => {
      const sly = exportLine({ action: 'a', description: bits.join(`${delimiter}=`), actor: ada });
      const cells: string[][] = parse(exportText(csvFormat, [...lines, sly]).toWellFormed(), {
        ...relaxed,
        record_delimiter: ['\r\n', '\n', '\r'],
      });
      for (const cell of cells.flat()) expect(cell).not.toMatch(/^[\s"]*[=+\-@\uff1d\uff0b\uff0d\uff20]/);
    }),
  );
});

test.each([
  ['NUL', '\u0000=1+1'],
  ['several NULs', '\u0000\u0000=1+1'],
  ['a control', '\u0001=1+1'],
  ['a C1 control', '\u0085=1+1'],
  ['white space and NUL', ' \u0000 =1+1'],
  ['no-break space', '\u00a0=1+1'],
  ['the byte order mark', '\ufeff=1+1'],
  ['a zero-width space', '\u200b+1'],
  ['a direction mark', '\u202e@SUM(1)'],
  ['a variation selector', '\ufe0f-1'],
  ['a tag', '\u{e0001}=1+1'],
  ['a quote', '"=1+1'],
])('a formula behind %s gets its apostrophe', (_, text) => {
  expect(parse(csvText(text))).toEqual([[`'${text}`]]);
  expect(parse(csvText(`a;${text}`))[0]?.[0]).toBe(
    `a;${text.slice(0, text.search(/[=+@-]/))}'${text.slice(text.search(/[=+@-]/))}`,
  );
  // Characters that JSON escapes follow a backslash, which no program drops.
  expect(csvJson([`;${text}`])).not.toMatch(/;[^\\]*[=+@-]/);
  expect(JSON.parse(parse(csvJson([`;${text}`]))[0]?.[0] ?? '')).toEqual([`;${text}`]);
});

test('a megabyte of characters that may be dropped is not slow', () => {
  const run = '\t'.repeat(900_000);
  expect(csvText(`a${run}=1`)).toHaveLength(900_000 + 6);
});

test('JSON in a cell is the same value, however it is escaped', () => {
  fc.assert(
    fc.property(fc.jsonValue(), anyMemberName, (value, text) => {
      const whole = { value, sly: `${text};=1|@${text}`, [`;-${text}`]: 1 };
      const rows: string[][] = parse(csvJson(whole));
      expect(JSON.parse(rows[0]![0]!)).toEqual(JSON.parse(JSON.stringify(whole)));
    }),
  );
});

test('unusual entries keep their rows and, except for apostrophes, their texts', () => {
  const plain = (text = '') => text.replaceAll("'", '');
  fc.assert(
    fc.property(anyExportLines, (lines) => {
      const rows = read(exportText(csvFormat, lines));
      expect(rows.map(({ id }) => id)).toEqual(lines.map(({ entry }) => entry?.id ?? ''));
      for (const [i, { entry, line }] of lines.entries()) {
        const row = rows[i]!;
        expect(plain(row.description)).toBe(plain(entry?.description));
        expect(plain(row.actor_email)).toBe(plain(entry?.actor.email));
        expect(plain(row.subject_id)).toBe(plain(entry?.target?.id));
        expect(row.on_behalf_of && JSON.parse(row.on_behalf_of)).toEqual(entry?.onBehalfOf ?? '');
        expect(row.related && JSON.parse(row.related)).toEqual(entry?.related ?? '');
        expect(plain(row.agent_run_id)).toBe(plain(entry?.actor.agent?.runId));
        expect(plain(row.request_id)).toBe(plain(entry?.request?.id));
        expect(row.properties && JSON.parse(row.properties)).toEqual(entry?.properties ?? '');
        expect(plain(row.unreadable_line)).toBe(entry ? '' : plain(line));
      }
    }),
  );
});
