import { labelOf, lastSecondQuery, WHO_FIELD, type Inserts, type Key } from '@auditrail/core/detections';
import { isPageParam, pagePath, type AuditPageParams } from './page-link.ts';
import { EVERY_SECONDS, type PipelineRule } from './pipeline-rules.ts';
import { replacing } from './replacing.ts';
import type { AlertRule } from './rules.ts';

// Both engines run Go's text/template over annotations. Values of labels are inserted as data and never run. The templates use
// `.Labels` instead of `$labels`, because Grafana treats a dollar in a provisioning file as an environment variable.
// Alerts are sent to chats and by mail, and users can choose their names, so line breaks, hidden characters, mentions, markup
// and links are removed from values. E-mail addresses stay.
const AS_TEXT = replacing([
  ['[\\p{C}\\p{Z}]+', ' '],
  ['<', '‹'],
  ['>', '›'],
  ['(?:^|[^\\w.+-])@', ' (at)'],
  ['\\]\\(', '] ('],
  // Mail programs and chats make links of bare addresses.
  ['://', '[:]//'],
]);

const inserts = (value: string): Inserts => ({
  value: `{{ ${value} }}`,
  key: (key) => `{{ .Labels.${labelOf(key)}${AS_TEXT} }}`,
  optional: (key, before) => `{{ with .Labels.${labelOf(key)} }}${before}{{ .${AS_TEXT} }}{{ end }}`,
});

/** The parts of the page's link that depend on the engine: the time of the alert. */
type TimeOf = (rule: AlertRule) => { from: string; to: string };

const MINUTE_NS = 60_000_000_000;
// In Go's templates, a whole number is a duration in nanoseconds.
const shifted = (time: string, ns: number) => `((toTime ${time}).Add ${ns}).UnixMilli`;

const linkMinutes = ({ thresholds: { minutes }, link: { minutesBefore = 0 } }: AlertRule) =>
  minutes + minutesBefore + 1;

// The window before the evaluation, and a minute on both sides for delivery.
const EVALUATED: TimeOf = (rule) => ({
  from: `{{ ${shifted('now', -linkMinutes(rule) * MINUTE_NS)} }}`,
  to: `{{ ${shifted('now', MINUTE_NS)} }}`,
});

// Grafana's templates have no `now`: the query "at" has the time of the last entry.
const LAST_ENTRY: TimeOf = (rule) => {
  const at = (ns: number, otherwise: string) =>
    `{{ with .Values.at }}{{ ${shifted('.Value', ns)} }}{{ else }}${otherwise}{{ end }}`;
  return { from: at(-linkMinutes(rule) * MINUTE_NS, 'now-24h'), to: at(MINUTE_NS, 'now') };
};

// The page shows the time around it, and the rest of the range for its length.
const eventTime = ({ link: { at } }: AlertRule) =>
  at ? `{{ with .Labels.${labelOf(at)} }}&at={{ . | urlquery }}{{ end }}` : '';

const ACCOUNT_FIELD = `.Labels.${labelOf('scope.account_field')}`;
const ID_OR_NAME = `{{ if eq ${ACCOUNT_FIELD} "actorId" }}{{ .Labels.${labelOf('targetId')} | urlquery }}{{ else }}{{ .Labels.${labelOf('targetName')} | urlquery }}{{ end }}`;

/** A condition of the page's link for exactly the field of the actor, or of the account. */
function actorCondition({ link: { keys, firstOnly, account } }: AlertRule): string {
  if (account) {
    const value = account === 'scope' ? urlLabel('scope.account') : ID_OR_NAME;
    return `{{ if ${ACCOUNT_FIELD} }}&{{ ${ACCOUNT_FIELD} | urlquery }}=${value}{{ end }}`;
  }
  if (!keys.includes('actor')) return '';
  const condition = `&{{ .Labels.${WHO_FIELD} }}={{ .Labels.${labelOf('actor')} | urlquery }}`;
  const [first = 'actor'] = keys;
  return firstOnly && first !== 'actor' ? `{{ if not .Labels.${labelOf(first)} }}${condition}{{ end }}` : condition;
}

const urlLabel = (key: Key) => `{{ with .Labels.${labelOf(key)} }}{{ . | urlquery }}{{ end }}`;

/** The parameters of the page's link besides time and actor. Filters of the catalogue need no encoding. */
function pageParams({ id, link: { filters, keys } }: AlertRule): AuditPageParams {
  const values: [string, string | string[]][] = [
    ...filters.map(({ field, values }): [string, string[]] => [field, values]),
    ...keys.filter((key) => key !== 'actor').map((key): [string, string] => [key, urlLabel(key)]),
  ];
  const unknown = values.find(([name]) => !isPageParam(name));
  if (unknown) throw new Error(`${id}: the audit page's links have no parameter "${unknown[0]}"`);
  return Object.fromEntries(values);
}

// Grafana's root URL without a trailing slash. Loki's ruler has it as `external_url`.
const PAGE_ROOT = '{{ reReplaceAll `/+\\z` "" externalURL }}';

function textOf(rule: AlertRule, insert: Inserts, timeOf: TimeOf) {
  return {
    labels: { severity: rule.severity, technique: rule.technique, tactic: rule.tactic, source: 'auditrail' },
    annotations: {
      summary: rule.summary(insert),
      description: rule.meaning,
      runbook: rule.runbook,
      runbook_url: rule.runbookUrl,
      audit_page: `${PAGE_ROOT}${pagePath({ ...timeOf(rule), ...pageParams(rule) })}${eventTime(rule)}${actorCondition(rule)}`,
    },
  };
}

/** A rule file of Loki's ruler. The interval is `ruler.evaluation_interval`. */
export function lokiRuleFile(rules: readonly AlertRule[]): unknown {
  return {
    groups: [
      {
        name: 'auditrail',
        rules: rules.map((rule) => ({
          alert: rule.title,
          expr: rule.query,
          ...textOf(rule, inserts('.Value'), EVALUATED),
        })),
      },
    ],
  };
}

/** A rule file of Prometheus and compatible systems: Mimir, Thanos, VictoriaMetrics. */
export function prometheusRuleFile(rules: readonly PipelineRule[]): unknown {
  return {
    groups: [
      {
        name: 'auditrail',
        interval: `${EVERY_SECONDS}s`,
        rules: rules.map(({ id, severity, query, forSeconds, summary, meaning, runbook, docs }) => ({
          alert: id,
          expr: query,
          for: `${forSeconds}s`,
          labels: { severity, source: 'auditrail' },
          annotations: { summary, description: meaning, runbook, runbook_url: docs },
        })),
      },
    ],
  };
}

/** A provisioning file of Grafana's alerting, for the data source with this uid. */
export function grafanaRuleFile(rules: readonly AlertRule[], datasourceUid: string, dashboardUid: string): unknown {
  return {
    apiVersion: 1,
    groups: [
      {
        orgId: 1,
        name: 'auditrail',
        folder: 'Audit log',
        interval: '1m',
        rules: rules.map((rule) => ({
          uid: rule.id,
          title: rule.title,
          condition: 'over',
          data: [
            instantQuery('count', rule.query, datasourceUid),
            instantQuery('at', lastSecondQuery(rule.pattern), datasourceUid),
            {
              refId: 'over',
              relativeTimeRange: { from: 0, to: 0 },
              datasourceUid: '__expr__',
              model: {
                refId: 'over',
                type: 'threshold',
                expression: 'count',
                conditions: [{ evaluator: { type: 'gt', params: [0] } }],
              },
            },
          ],
          // No series means that nothing exceeds the threshold. A failing query is an alert.
          noDataState: 'OK',
          execErrState: 'Error',
          for: '0s',
          ...withPanel(rule, dashboardUid),
          isPaused: false,
        })),
      },
    ],
  };
}

const instantQuery = (refId: string, expr: string, datasourceUid: string) => ({
  ...{ refId, queryType: 'instant' },
  // Required by Grafana, but the query has its own window.
  relativeTimeRange: { from: 3600, to: 0 },
  datasourceUid,
  model: { refId, expr, queryType: 'instant', editorMode: 'code' },
});

// Links the alert to the panel. Grafana requires both ids twice.
function withPanel(rule: AlertRule, dashboardUid: string) {
  const { labels, annotations } = textOf(rule, inserts('.Values.count.Value'), LAST_ENTRY);
  return {
    dashboardUid,
    panelId: rule.panel,
    labels,
    annotations: { ...annotations, __dashboardUid__: dashboardUid, __panelId__: String(rule.panel) },
  };
}
