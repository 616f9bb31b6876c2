import { parsePrometheusText } from './prometheus-text.ts';

it('reads names, labels, values, and ignores comments and other metrics', () => {
  const text = [
    '# HELP up whether it is up',
    '# TYPE up gauge',
    'up 1',
    'a_total{x="1",y="two words"} 12.5 1700000000000',
    'a_total{x="quote \\" back \\\\ line \\n comma , brace }",} 3e+06',
    'b{} +Inf',
    'c NaN',
    '',
  ].join('\n');
  expect(parsePrometheusText(text)).toEqual([
    { name: 'up', labels: {}, value: 1 },
    { name: 'a_total', labels: { x: '1', y: 'two words' }, value: 12.5 },
    { name: 'a_total', labels: { x: 'quote " back \\ line \n comma , brace }' }, value: 3_000_000 },
    { name: 'b', labels: {}, value: Infinity },
    { name: 'c', labels: {}, value: NaN },
  ]);
  expect(parsePrometheusText(text, /^a_/)).toHaveLength(2);
});

it.each(['<html>', 'a{x=1} 2', 'a{x="1"', 'a b', 'a{x="1"junk} 2'])('refuses %s', (line) => {
  expect(() => parsePrometheusText(line)).toThrow("not a line of Prometheus' text format");
});
