import type { BadgeColor } from '@grafana/ui';
import type { Rule } from '@auditrail/core/detections';
import { t } from '@grafana/i18n';
import type { SeverityChoice } from './choice.ts';

export const SEVERITY_COLORS: Record<Rule['severity'], BadgeColor> = {
  critical: 'red',
  high: 'orange',
  medium: 'blue',
};

export function severityText(severity: SeverityChoice): string {
  return {
    all: t('detections.severity.all', 'All severities'),
    critical: t('detections.severity.critical', 'Critical'),
    high: t('detections.severity.high', 'High'),
    medium: t('detections.severity.medium', 'Medium'),
  }[severity];
}
