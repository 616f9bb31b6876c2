import fc from 'fast-check';
import { anyText } from '../testing/entries.ts';
import {
  agentInput,
  anyExportLines,
  exportLine,
  exportLineOf1,
  exportText,
  foreignLine,
} from '../testing/export-lines.ts';
import { runPython } from '../testing/run-python.ts';
import { CEF_KEYS, cefLine, type CefExtension } from './cef-line.ts';
import { cefFormat } from './cef.ts';

interface CefEvent {
  device: { vendor: string; product: string; event_class_id: string };
  name: string;
  severity: string;
  extension: Record<string, string>;
  /** Problems that the dictionary of keys reports. */
  problems: string[];
}

/** The event as an independent parser reads it. */
const readCef = (text: string) => runPython<CefEvent>('read_cef.py', ['cefp==0.0.2', 'cefevent==0.5.6'], text);

// The first run installs the parser.
jest.setTimeout(120_000);

const visible = (text: string) =>
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029]/g, ' ');

test('an entry, key by key', async () => {
  const line = exportLine({
    action: 'user.password_changed',
    description: 'Zoë changed a password = \\ | \r\nof bob\\',
    actor: { type: 'user', id: '7', name: 'Zoë', email: 'zoe@example.com' },
    target: { type: 'User', id: '9', name: 'bob' },
    error: { code: 'E1', message: 'too short' },
    source: { ip: '2001:db8::7', userAgent: 'Mozilla/5.0 (X11; a=b)' },
    request: { method: 'POST', endpoint: '/users/9?x=1', status: 422, operation: 'ChangePassword' },
    changes: [{ path: 'password', before: '***', after: '***' }],
    properties: { 'a=b': '\\' },
  });
  const [event] = await readCef(exportText(cefFormat, [line]));
  expect(event).toMatchObject({
    device: { vendor: 'Auditrail', product: 'Audit log', event_class_id: 'user.password_changed' },
    name: 'user password changed',
    severity: '7',
    problems: [],
  });
  expect(event?.extension).toMatchObject({
    rt: '1795241899123',
    externalId: line.entry?.id,
    act: 'user.password_changed',
    cat: 'user',
    outcome: 'failure',
    reason: 'E1: too short',
    suser: 'zoe@example.com',
    suid: '7',
    duser: 'bob',
    duid: '9',
    c6a2: '2001:db8::7',
    c6a2Label: 'Source IPv6 Address',
    requestMethod: 'POST',
    request: '/users/9?x=1',
    requestClientApplication: 'Mozilla/5.0 (X11; a=b)',
    sourceServiceName: 'shop',
    cn1: '422',
    cn1Label: 'httpStatus',
    flexString2: 'Zoë',
    cs1: 'User',
    cs2: '9',
    cs4: '[{"after":"***","before":"***","path":"password"}]',
    cs5: '{"a=b":"\\\\"}',
    msg: 'Zoë changed a password = \\ | \r\nof bob\\',
  });
  expect(JSON.parse(event?.extension.cs6 ?? '')).toMatchObject({ time: line.entry?.time, operation: 'ChangePassword' });
});

test('an agent for a person, beside an entry of the first version', async () => {
  const failed = { ...agentInput, error: { message: 'no mail server' } };
  const lines = [exportLine(agentInput), exportLine(failed, 1), exportLineOf1(agentInput, 2)];
  const [event, failure, older] = await readCef(exportText(cefFormat, lines));
  expect([event, failure, older].map((one) => one?.problems)).toEqual([[], [], []]);
  expect(event?.extension).toMatchObject({
    suser: 'support-bot',
    suid: 'bot-1',
    sproc: 'support-bot',
    reason: 'Ticket 7',
    flexString1: 'agent',
    flexString2: 'support-bot for planner for Grace',
  });
  const { onBehalfOf, related } = agentInput;
  const more = { onBehalfOf, related, requestId: 'req-1', agent: { version: '1.4', model: 'm-large', runId: 'run-9' } };
  expect(JSON.parse(event?.extension.cs6 ?? '')).toMatchObject(more);
  expect(event?.extension.cs6).not.toContain('Ticket 7');
  expect(failure?.extension.reason).toBe('no mail server');
  expect(JSON.parse(failure?.extension.cs6 ?? '')).toMatchObject({ ...more, reason: 'Ticket 7' });
  expect(older?.extension).toMatchObject({ suid: 'bot-1', flexString1: 'service' });
  expect(older?.extension).not.toHaveProperty('sproc');
});

test('an address is in the key of its kind, or in none', async () => {
  const ips = ['192.0.2.7', '::ffff:192.0.2.7', '2001:db8::1', '10.0.0.256', 'proxy.example', '1.2.3.4:80', ''];
  const lines = ips.map((ip, n) =>
    exportLine({ action: 'a', description: '', actor: { type: 'system' }, source: { ip } }, n),
  );
  const events = await readCef(exportText(cefFormat, lines));
  expect(
    events.map(({ extension: { src, c6a2, cs6 } }) => [src, c6a2, (JSON.parse(cs6!) as { ip?: string }).ip]),
  ).toEqual([
    ['192.0.2.7', undefined, undefined],
    [undefined, '::ffff:192.0.2.7', undefined],
    [undefined, '2001:db8::1', undefined],
    [undefined, undefined, '10.0.0.256'],
    [undefined, undefined, 'proxy.example'],
    [undefined, undefined, '1.2.3.4:80'],
    [undefined, undefined, undefined],
  ]);
});

test('values longer than their key allows are cut between characters', async () => {
  const long = '😀'.repeat(5_000);
  const line = exportLine({
    action: 'a',
    description: long,
    actor: { type: 'user', id: long, email: long },
    target: { type: 'x', name: `x${long}` },
    properties: { long },
  });
  const [event] = await readCef(exportText(cefFormat, [line]));
  expect(event?.problems).toEqual([]);
  expect(event?.extension.msg).toBe(`${'😀'.repeat(511)}…`);
  expect(event?.extension.cs3).toBe(`x${'😀'.repeat(1_999)}…`);
});

test('any text in header and extension reads back as it was', async () => {
  const odd = fc.oneof(
    anyText,
    fc
      .array(fc.constantFrom('\\', '|', '=', ' ', '\n', '\r', 'src=1', 'n', 'é', '\t', '"'), { maxLength: 12 })
      .map((bits) => bits.join('')),
  );
  const cases = fc
    .sample(fc.tuple(odd, odd, odd, odd), { numRuns: 2_000, seed: 1 })
    .map((texts) => texts.map((text) => text.toWellFormed()));
  const text = cases.map(
    ([classId = '', name = '', msg, cs1]) => `${cefLine({ classId, name, severity: 3 }, { msg, cs1, cat: 'end' })}\n`,
  );
  const events = await readCef(text.join(''));
  expect(events).toHaveLength(cases.length);
  for (const [i, [classId = '', name = '', msg = '', cs1 = '']] of cases.entries()) {
    const { device, name: readName, extension } = events[i]!;
    const inHeader = (text: string) => visible(text.replace(/[\r\n\t]+/g, ' '));
    expect(device.event_class_id).toBe(inHeader(classId));
    expect(readName).toBe(inHeader(name));
    expect(extension.cat).toBe('end');
    // A reader drops the spaces before the first key.
    expect(extension.msg ?? '').toBe(visible(msg));
    expect(extension.cs1 ?? '').toBe(visible(cs1));
  }
});

test('unusual entries and lines of other programs are events, with known keys and values of their types', async () => {
  const lines = fc.sample(anyExportLines, { numRuns: 500, seed: 2 }).flat();
  const events = await readCef(exportText(cefFormat, lines));
  expect(events).toHaveLength(lines.length);
  for (const [i, { entry, line }] of lines.entries()) {
    const { device, extension, severity, problems } = events[i]!;
    expect(problems).toEqual([]);
    expect(Number(severity)).toBeGreaterThanOrEqual(0);
    expect(Number(severity)).toBeLessThanOrEqual(10);
    expect(device.event_class_id).toBe(entry?.action ?? 'unreadable');
    expect(extension.msg ?? '').toBe(visible(entry?.description ?? line));
    expect(extension.suser ?? '').toBe(
      visible((entry?.actor.email || entry?.actor.name || entry?.actor.agent?.name) ?? ''),
    );
    for (const key of Object.keys(extension) as (keyof CefExtension)[]) expect(CEF_KEYS).toHaveProperty(key);
  }
});

test('a line that is not an entry is a separate event', async () => {
  const [event] = await readCef(exportText(cefFormat, [foreignLine('no {entry= |\\')]));
  expect(event?.device.event_class_id).toBe('unreadable');
  expect(event?.extension.msg).toBe('no {entry= |\\');
});
