import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { canonicalJson, completeEntry, formatTime } from '@auditrail/core';
import { EXPORT_FORMATS, type ExportFormatId } from '@auditrail/core/formats';
import { toTrailLine } from '@auditrail/core/loki';
import { UsageError } from '../terminal/usage-error.ts';
import { verify } from './index.ts';
import { inputLines } from './input-lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'auditrail-input-'));
afterAll(() => rmSync(folder, { recursive: true }));

let prev: string | null = null;
const base = 1_795_000_000_000_000_000n;
const lines = Array.from({ length: 300 }, (_, i) => {
  const id = `019a8f3e-7a10-7000-8000-${String(i).padStart(12, '0')}`;
  const stamp = { id, time: formatTime(base + BigInt(i)), service: 'shop', chain: { stream: 's', seq: i + 1, prev } };
  const description = `Ada "wrote" {[${i}]}, é \u{1f600} \u2028 \\ `;
  const actor = { type: 'user', id: '42' } as const;
  const target = { type: 'order', id: `${i}` };
  const line = canonicalJson(completeEntry({ action: 'order.created', description, actor, target }, stamp));
  prev = createHash('sha256').update(line).digest('hex');
  return line;
});
const text = `${lines.join('\n')}\n`;
const entries = lines.map((line) => JSON.parse(line) as object);

const exportOf = (id: ExportFormatId) => {
  const format = EXPORT_FORMATS[id];
  const meta = { exportedAt: '2026-11-27T00:00:00.000Z' };
  const rows = lines.map((line, i) => format.row(toTrailLine({ ns: base + BigInt(i), line }), meta));
  return format.head(meta) + rows.join(format.separator) + format.tail(meta);
};
const utf16be = (from: string) => Buffer.from(from, 'utf16le').swap16();

function file(content: string | Uint8Array): string {
  const path = join(folder, 'input');
  writeFileSync(path, content);
  return path;
}

async function read(content: string | Uint8Array) {
  const notes = new Set<string>();
  const found: string[] = [];
  for await (const line of inputLines(file(content), (note) => notes.add(note))) found.push(line);
  return { found, notes: [...notes] };
}

it.each<[string, string | Uint8Array, string[]]>([
  ['NDJSON', text, []],
  ['NDJSON with empty lines and CRLF', `\r\n\n${lines.join('\r\n\r\n')}`, []],
  ['a byte order mark', `\ufeff${text}`, ['UTF-8 with a byte order mark']],
  ['joined files with marks', `${lines[0]}\n\ufeff${lines.slice(1).join('\n')}`, ['UTF-8 with a byte order mark']],
  ['UTF-16 with a mark', Buffer.from(`\ufeff${text}`, 'utf16le'), ['UTF-16']],
  ['UTF-16 without a mark', Buffer.from(text, 'utf16le'), ['UTF-16']],
  ['big-endian UTF-16 with a mark', utf16be(`\ufeff${text}`), ['UTF-16']],
  ['big-endian UTF-16 without a mark', utf16be(text), ['UTF-16']],
  ['gzip', gzipSync(text), ['gzip']],
  ['gzip of two members', Buffer.concat([gzipSync(text.slice(0, 999)), gzipSync(text.slice(999))]), ['gzip']],
  ['gzip of UTF-16', gzipSync(Buffer.from(`\ufeff${text}`, 'utf16le')), ['gzip', 'UTF-16']],
  ['a JSON array', JSON.stringify(entries), ['JSON array']],
  ['an indented JSON array', JSON.stringify(entries, undefined, 2), ['JSON array']],
  ['arrays one after the other', `[${lines[0]}]\n[${lines.slice(1).join(',')}]`, ['JSON array']],
  ['indented objects', entries.map((entry) => JSON.stringify(entry, undefined, 4)).join('\n'), ['indented JSON']],
  ['a JSON export', exportOf('json'), ['JSON export']],
  ['an indented JSON export', JSON.stringify(JSON.parse(exportOf('json')), undefined, 2), ['JSON export']],
  ['an ECS export', exportOf('ecs'), ['ECS']],
  ['an OCSF export', exportOf('ocsf'), ['OCSF']],
  ['logcli', lines.map((line) => JSON.stringify({ labels: {}, line })).join('\n'), ['log lines in JSON']],
  ['an array of Explore', JSON.stringify(lines.map((line) => ({ line }))), ['JSON array', 'log lines in JSON']],
])('reads %s', async (_, content, notes) => {
  expect(await read(content)).toEqual({ found: lines, notes });
});

it.each<[string, string | Uint8Array, string]>([
  ['a CSV export', exportOf('csv'), 'is CSV'],
  ['a CSV with semicolons', '"id";"timestamp"\r\n1;2\r\n', 'is CSV'],
  ['a CEF export', exportOf('cef'), 'is CEF'],
  ['a manifest', JSON.stringify({ kind: 'auditrail-export', version: 1 }, undefined, 2), "is an export's manifest"],
  ['HTML', '<!doctype html>\n', 'is XML or HTML'],
  ['a ZIP archive', Buffer.from('504b0304140000000000', 'hex'), 'is a ZIP archive'],
  ['Zstandard', Buffer.from('28b52ffd04000000', 'hex'), 'is compressed with Zstandard'],
])('recognizes %s, which cannot be verified', async (_, content, message) => {
  const reading = read(content);
  await expect(reading).rejects.toBeInstanceOf(UsageError);
  await expect(read(content)).rejects.toThrow(message);
});

it('fails if a gzip file is cut off', async () => {
  const packed = gzipSync(text);
  await expect(read(packed.subarray(0, packed.length / 2))).rejects.toThrow('unexpected end of file');
});

it('reports changed and cut lines in converted files, and the conversion', async () => {
  const run = async (content: string | Uint8Array) => {
    let output = '';
    const code = await verify({ tenant: 'audit', file: file(content) }, (more) => (output += more));
    return { code, output };
  };
  const changed = JSON.stringify(entries.map((entry, i) => (i === 7 ? { ...entry, description: 'x' } : entry)));
  expect((await run(gzipSync(changed))).output).toMatch(
    /^input gzip, JSON array\n[^]*FOUND +changed: Stream s: entry 8/,
  );
  const cut = JSON.stringify(entries, undefined, 2).slice(0, -1_000);
  expect(await run(cut)).toEqual({ code: 1, output: expect.stringContaining('unreadable') });
  expect(await run(`[${lines[0]}, nonsense, ${lines[1]}]`)).toEqual({
    code: 1,
    output: expect.stringContaining('Line 2 is not an entry'),
  });
  expect((await run(`\ufeff${text}`)).code).toBe(0);
  expect((await run('[]')).code).toBe(2);
});
