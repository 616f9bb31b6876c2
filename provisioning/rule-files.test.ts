import { z } from 'zod';
import { grafanaRuleFile, lokiRuleFile } from './rule-files.ts';
import { ALERT_RULES } from './rules.ts';

const alertSchema = z.object({ annotations: z.record(z.string(), z.string()) });
const linksOf = (file: unknown) =>
  z
    .object({ groups: z.array(z.object({ rules: z.array(alertSchema) })) })
    .parse(file)
    .groups.flatMap(({ rules }) => rules.map(({ annotations }) => annotations['audit_page'] ?? ''));

const loki = linksOf(lokiRuleFile(ALERT_RULES));
const grafana = linksOf(grafanaRuleFile(ALERT_RULES, 'loki', 'dashboard'));

describe('the links of alerts', () => {
  it('start and end with the window of the alert', () => {
    for (const [i, { thresholds, link }] of ALERT_RULES.entries()) {
      const before = `.Add -${(thresholds.minutes + (link.minutesBefore ?? 0) + 1) * 60_000_000_000}).UnixMilli }}`;
      expect(loki[i]).toContain(`?from={{ ((toTime now)${before}&to={{ ((toTime now).Add 60000000000).UnixMilli }}`);
      expect(grafana[i]).toContain(
        `?from={{ with .Values.at }}{{ ((toTime .Value)${before}{{ else }}now-24h{{ end }}&`,
      );
    }
  });

  it('show the time and the account of an earlier event', () => {
    const at = '{{ with .Labels.audit_scope_happened_at }}&at={{ . | urlquery }}{{ end }}';
    const account = '{{ if .Labels.audit_scope_account_field }}&{{ .Labels.audit_scope_account_field | urlquery }}=';
    const analyses = ALERT_RULES.flatMap(({ analysis }, i) => (analysis ? [i] : []));
    expect(analyses.length).toBeGreaterThan(7);
    for (const i of analyses) for (const text of [at, account]) expect(loki[i]).toContain(text);
  });

  it('filter by the exact field of the actor', () => {
    const actor = '&{{ .Labels.who_field }}={{ .Labels.who | urlquery }}';
    for (const [i, rule] of ALERT_RULES.entries()) {
      const { keys, firstOnly } = rule.link;
      if (firstOnly) expect(loki[i]).toContain(`{{ if not .Labels.client_address }}${actor}{{ end }}`);
      else if (keys.includes('actor')) expect(loki[i]?.endsWith(actor)).toBe(true);
      else expect(loki[i]).not.toContain('who_field');
    }
  });
});
