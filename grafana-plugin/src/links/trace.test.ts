import { explorePath } from './explore.ts';
import { TRACE_DATASOURCE_TYPES, tracePath, TRACES_DRILLDOWN } from './trace.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const RANGE = { from: '2026-11-21T10:00:00.000Z', to: '2026-11-21T12:00:00.000Z' };

function exploreOf(type: string, drilldown = false) {
  const url = new URL(tracePath({ uid: 'x1', type }, TRACE, RANGE, drilldown) ?? '', 'http://grafana');
  const { a } = JSON.parse(url.searchParams.get('panes') ?? '{}') as { a: { queries: unknown[] } };
  return { path: url.pathname, schemaVersion: url.searchParams.get('schemaVersion'), ...a };
}

// The queries by which these data sources' own editors ask for one trace: TempoQuery (`traceql` takes an id as well),
// JaegerQuery (no type: an id), ZipkinQuery (`traceID`) in Grafana's public/app/plugins/datasource.
test.each([
  ['tempo', { queryType: 'traceql', query: TRACE }],
  ['jaeger', { query: TRACE }],
  ['zipkin', { queryType: 'traceID', query: TRACE }],
])('a trace of %s in Explore', (type, query) => {
  expect(exploreOf(type)).toEqual({
    path: '/explore',
    schemaVersion: '1',
    datasource: 'x1',
    queries: [{ refId: 'A', datasource: { type, uid: 'x1' }, ...query }],
    range: { from: String(Date.parse(RANGE.from)), to: String(Date.parse(RANGE.to)) },
  });
});

test('a link to Traces Drilldown has data source, trace, and range', () => {
  const url = new URL(tracePath({ uid: 'x1', type: 'tempo' }, TRACE, RANGE, true) ?? '', 'http://grafana');
  expect(url.pathname).toBe(`/a/${TRACES_DRILLDOWN}/explore`);
  expect(Object.fromEntries(url.searchParams)).toEqual({ ...RANGE, 'var-ds': 'x1', traceId: TRACE });
});

test.each(['jaeger', 'zipkin'])('Traces Drilldown supports only Tempo: %s opens in Explore', (type) => {
  expect(exploreOf(type, true).path).toBe('/explore');
});

test.each(['loki', 'toString', '__proto__', ''])('no link to a trace in "%s"', (type) => {
  expect(TRACE_DATASOURCE_TYPES).not.toContain(type);
  expect(tracePath({ uid: 'x1', type }, TRACE, RANGE)).toBeUndefined();
});

test('text of a query cannot leave its parameter of the address', () => {
  const expr = '{a="&panes=x#"} |= `+%41` \u2028"';
  const url = new URL(explorePath({ uid: 'l&1', type: 'loki' }, { expr }, { from: 'now-1h', to: 'now' }), 'http://g');
  expect([...url.searchParams.keys()]).toEqual(['schemaVersion', 'panes']);
  expect(JSON.parse(url.searchParams.get('panes') ?? '')).toMatchObject({
    a: { datasource: 'l&1', queries: [{ expr }], range: { from: 'now-1h', to: 'now' } },
  });
});
