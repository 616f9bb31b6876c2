import { stringify } from 'yaml';
import { dashboard } from './dashboard.ts';
import { PIPELINE_RULES } from './pipeline-rules.ts';
import { grafanaRuleFile, lokiRuleFile, prometheusRuleFile } from './rule-files.ts';
import { ALERT_RULES } from './rules.ts';

/** Uids by which the provisioned files name each other. */
const LOKI_UID = 'auditrail-loki';
const DASHBOARD_UID = 'auditrail-overview';

const yamlFile = (about: string, content: unknown, source = 'rules.ts') =>
  `# ${about}\n# Written by \`npm run generate -w provisioning\` from ${source}: change it there.\n` +
  stringify(content, { lineWidth: 0 });

/** The files that are written from the definitions, by their path under provisioning/; not yet formatted. */
export const GENERATED_FILES: Record<string, string> = {
  'loki/rules/audit/auditrail.yaml': yamlFile(
    "Alert rules for Loki's ruler; the folder's name is the tenant.",
    lokiRuleFile(ALERT_RULES),
  ),
  'grafana/alerting/auditrail.yaml': yamlFile(
    "Alert rules for Grafana's own alerting.",
    grafanaRuleFile(ALERT_RULES, LOKI_UID, DASHBOARD_UID),
  ),
  'prometheus/auditrail.rules.yaml': yamlFile(
    'Alert rules for Prometheus: entries that do not arrive.',
    prometheusRuleFile(PIPELINE_RULES),
    'pipeline-rules.ts',
  ),
  'grafana/dashboards/auditrail.json': JSON.stringify(dashboard(DASHBOARD_UID, LOKI_UID)),
};
