import { readFileSync } from 'node:fs';
import { parameterName } from '@auditrail/core/query';
import { parse } from 'yaml';
import { z } from 'zod';
import { TRACE_LINK } from './page-link.ts';

const FILE = readFileSync(new URL('grafana/datasources/auditrail.yaml', import.meta.url), 'utf8');
const schema = z.object({
  datasources: z.array(
    z.object({
      uid: z.string(),
      jsonData: z.object({
        derivedFields: z.array(z.object({ matcherRegex: z.string(), datasourceUid: z.string() })).optional(),
        tracesToLogsV2: z.object({ datasourceUid: z.string(), query: z.string() }).optional(),
      }),
      correlations: z
        .array(
          z.object({
            type: z.string(),
            config: z.object({ field: z.string(), target: z.object({ url: z.string() }) }),
          }),
        )
        .optional(),
    }),
  ),
});
const { datasources } = schema.parse(parse(FILE));
const [loki, traces, prometheus] = datasources;

it('lead from an entry to its trace, and from a trace to its entries', () => {
  expect([loki?.uid, traces?.uid, prometheus?.uid]).toEqual([
    'auditrail-loki',
    'auditrail-tempo',
    'auditrail-prometheus',
  ]);
  expect(loki?.jsonData.derivedFields).toEqual([{ matcherRegex: 'trace_id', datasourceUid: traces?.uid }]);
  expect(traces?.jsonData.tracesToLogsV2).toEqual({
    datasourceUid: loki?.uid,
    query: '{service_name=~".+"} | trace_id="$${__trace.traceId}"',
  });
});

it('lead from a span to the audit page, at the time of the span', () => {
  const [whoDidThis] = traces?.correlations ?? [];
  expect(whoDidThis).toMatchObject({ type: 'external', config: { field: 'traceID' } });
  const { pathname, searchParams } = new URL(whoDidThis?.config.target.url ?? '', 'http://grafana');
  expect(pathname).toBe('/a/auditrail-auditlog-app/log');
  // Grafana makes one dollar of two.
  expect(Object.fromEntries(searchParams)).toEqual({
    [parameterName('traceId')]: '$${__value.raw}',
    ...{ from: 'now-24h', to: 'now', at: '$${__data.fields.startTime}' },
  });
});

it('are the target of links from dashboards to traces', () => {
  const panes = new URL(TRACE_LINK.url, 'http://grafana').searchParams.get('panes') ?? '';
  expect(JSON.parse(panes)).toMatchObject({
    trace: { datasource: traces?.uid, queries: [{ query: '${__value.raw}' }], range: { from: '${__from}' } },
  });
});
