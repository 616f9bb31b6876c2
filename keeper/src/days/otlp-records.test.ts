import { recordsOf } from './otlp-records.ts';
import { field, pair, record, request, text } from './testing/otlp-request.ts';

const list = (...values: Buffer[]) => field(5, Buffer.concat(values.map((value) => field(1, value))));

const linesOf = (body: Buffer) => recordsOf(body, 5n).records.map(({ line }) => line);

it('decodes a request', () => {
  const body = request(record('one', { attributes: [pair('audit.action', text('user.login'))] }), record('two'));
  const { records, problems } = recordsOf(body, 5n);
  expect(problems).toEqual([]);
  expect(records.map(({ ns, line }) => [ns, line])).toEqual([
    [1n, 'one'],
    [1n, 'two'],
  ]);
  expect(Object.fromEntries(records[0]?.metadata as Map<string, string>)).toEqual({
    service_name: 'shop',
    audit_action: 'user.login',
  });
});

it('knows when the collector received a record, unless its clock is ahead', () => {
  const received = (ns: number) =>
    record('one', { attributes: [pair('auditrail.received_ns', Buffer.from([3 << 3, ns]))] });
  const { records } = recordsOf(request(received(3), received(9), record('two')), 5n);
  expect(records.map(({ arrivalNs }) => arrivalNs)).toEqual([3n, 5n, 5n]);
  expect([...(records[0]?.metadata as Map<string, string>).keys()]).toEqual(['service_name']);
});

it('keeps the records around one that cannot be decoded', () => {
  const broken = field(2, Buffer.from([5 << 3, 255]));
  const body = Buffer.concat([request(record('one'), broken, record('two')), request(record('three'))]);
  const { records, problems } = recordsOf(body, 5n);
  expect(records.map(({ line }) => line)).toEqual(['one', 'two', 'three']);
  expect(problems).toEqual([expect.stringContaining('record: Error')]);
});

it('keeps what is before bytes that are not a message', () => {
  const body = request(record('one'), record('two'));
  for (let end = 0; end < body.length; end++) {
    const { records, problems } = recordsOf(body.subarray(0, end), 5n);
    expect(records.length).toBeLessThan(3);
    if (end > 0) expect(problems).not.toEqual([]);
  }
  expect(linesOf(Buffer.concat([body, Buffer.from([255])]))).toEqual(['one', 'two']);
});

it('keeps an entry without an attribute that has too many levels, and does not fill the stack', () => {
  let deep = text('bottom');
  for (let level = 0; level < 3_000; level++) deep = list(deep);
  const attributes = [pair('audit.actor.group', deep)];
  const { records, problems } = recordsOf(request(record('one', { attributes }), record('two')), 5n);
  expect(records.map(({ line }) => line)).toEqual(['one', 'two']);
  expect(problems).toEqual(['attribute: RangeError: a value has more than 64 levels']);
  let body = text('bottom');
  for (let level = 0; level < 3_000; level++) body = list(body);
  const bad = field(2, field(5, body));
  expect(linesOf(request(record('one'), bad, record('two')))).toEqual(['one', 'two']);
});

it('never throws, whatever the bytes are', () => {
  const body = request(
    record('one', { attributes: [pair('audit.actor.group', list(text('a'), text('b')))] }),
    record('two'),
  );
  for (let i = 0; i < 5_000; i++) {
    const changed = Buffer.from(body);
    changed[(i * 31) % changed.length] = (i * 197) % 256;
    changed[(i * 17) % changed.length] = (i * 89) % 256;
    expect(() => recordsOf(changed, 5n)).not.toThrow();
  }
});
