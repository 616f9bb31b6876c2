import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  ReduceDataOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { framed, legend, tooltip, type Frame, type PanelBuilder } from './panels.ts';

const PROMETHEUS = { type: 'prometheus' };
const query = (refId: string, expr: string) =>
  new prometheus.DataqueryBuilder().refId(refId).expr(expr).editorMode(prometheus.QueryEditorMode.Code);

/** One number of now. It is orange from `warnFrom` on. */
export function metricStat(
  about: Frame & { unit: string; decimals?: number; warnFrom: number },
  expr: string,
): PanelBuilder {
  return framed(new stat.PanelBuilder(), about)
    .datasource(PROMETHEUS)
    .withTarget(query('A', expr).instant())
    .unit(about.unit)
    .decimals(about.decimals ?? 0)
    .thresholds(
      new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
        { value: null, color: 'text' },
        { value: about.warnFrom, color: 'orange' },
      ]),
    )
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
}

/** Lines over time: a query by its legend. */
export function metricLines(about: Frame & { unit: string }, queries: Record<string, string>): PanelBuilder {
  const panel = framed(new timeseries.PanelBuilder(), about)
    .datasource(PROMETHEUS)
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(2)
    .fillOpacity(10)
    .unit(about.unit)
    .min(0)
    .legend(legend())
    .tooltip(tooltip());
  Object.entries(queries).forEach(([name, expr], i) => {
    panel.withTarget(
      query(String.fromCharCode(65 + i), expr)
        .range()
        .legendFormat(name),
    );
  });
  return panel;
}
