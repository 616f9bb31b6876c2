import { stringify } from 'yaml';
import { dashboardFiles } from './dashboards/index.ts';
import { DASHBOARD_UIDS } from './dashboards/panel-ids.ts';
import { detectionsPage } from './detections-page.ts';
import { SETTINGS } from './settings.ts';
import { alertmanagerExample, alertmanagerTemplates, grafanaNotifications } from './notifications.ts';
import { PIPELINE_RULES } from './pipeline-rules.ts';
import { grafanaRuleFile, lokiRuleFile, prometheusRuleFile } from './rule-files.ts';
import { ALERT_RULES } from './rules.ts';

/** Uids that the provisioned files use to refer to each other. */
const LOKI_UID = 'auditrail-loki';
const PROMETHEUS_UID = 'auditrail-prometheus';

const yamlFile = (about: string, content: unknown, source = '@auditrail/core/detections') =>
  `# ${about}\n# Generated from ${source} by \`npm run generate -w provisioning\`: do not edit.\n` +
  stringify(content, { lineWidth: 0 });

/** The generated files by their path in provisioning/, not formatted. */
export const GENERATED_FILES: Record<string, string> = {
  'notifications/auditrail.tmpl': alertmanagerTemplates(),
  'notifications/alertmanager.yaml': yamlFile(
    'An example of the configuration of Alertmanager: change the addresses.',
    alertmanagerExample(),
    'notifications.ts',
  ),
  'notifications/grafana.yaml': yamlFile(
    "An example for Grafana's provisioning/alerting: change the addresses. It replaces all notification policies.",
    grafanaNotifications(),
    'notifications.ts',
  ),
  'loki/rules/audit/auditrail.yaml': yamlFile(
    "Alert rules for Loki's ruler; the folder's name is the tenant.",
    lokiRuleFile(ALERT_RULES),
  ),
  'grafana/alerting/auditrail.yaml': yamlFile(
    "Alert rules for Grafana's alerting.",
    grafanaRuleFile(ALERT_RULES, LOKI_UID, DASHBOARD_UIDS.overview),
  ),
  'prometheus/auditrail.rules.yaml': yamlFile(
    'Alert rules for Prometheus about the delivery of entries.',
    prometheusRuleFile(PIPELINE_RULES),
    'pipeline-rules.ts',
  ),
  '../docs/detections.md': detectionsPage(ALERT_RULES, PIPELINE_RULES, SETTINGS),
  ...Object.fromEntries(
    Object.entries(dashboardFiles({ loki: LOKI_UID, prometheus: PROMETHEUS_UID })).map(([name, text]) => [
      `grafana/dashboards/${name}`,
      text,
    ]),
  ),
};
