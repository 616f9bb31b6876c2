import { anchorOf, FAMILIES, type Rule, type Settings } from '@auditrail/core/detections';
import type { PipelineRule } from './pipeline-rules.ts';

const techniqueLink = (technique: string) =>
  `[${technique}](https://attack.mitre.org/techniques/${technique.replace('.', '/')}/)`;

function section({ id, title, technique, tactic, severity, condition, thresholds, ...texts }: Rule): string {
  const values = Object.entries(thresholds).map(([name, value]) => `\`${name}\` ${value}`);
  return [
    `### ${title}`,
    texts.meaning,
    [
      `- **Fires at**: ${condition}.`,
      `- **Severity**: ${severity}. **ATT&CK**: ${techniqueLink(technique)}, ${tactic}.`,
      `- **What to do**: ${texts.runbook}`,
      `- **False positives**: ${texts.falsePositives}`,
      `- **Your application must record**: ${texts.needs}`,
      ...(texts.analysis ? [`- **Found by**: the [keeper](keeper.md). ${texts.analysis}`] : []),
      ...(texts.others ? [`- **Others**: ${texts.others}`] : []),
      `- **Thresholds** of \`${id}\`: ${values.join(', ')}.`,
    ].join('\n'),
  ].join('\n\n');
}

/** The documentation of all rules, in Markdown. */
export function detectionsPage(rules: readonly Rule[], pipeline: readonly PipelineRule[], settings: Settings): string {
  const families = FAMILIES.map((family) => {
    const sections = rules.filter(({ id }) => family.rules.some((rule) => rule.id === id)).map(section);
    return [`## ${family.title}`, ...sections].join('\n\n');
  });
  const actions = Object.entries(settings.actions).map(
    ([name, values]) => `| \`${name}\` | ${values.map((value) => `\`${value}\``).join(', ')} |`,
  );
  const names = (['privilegedRoles', 'lockedErrorCodes', 'personalDataChannels', 'readEvents'] as const).map(
    (name) => `| \`${name}\` | ${settings[name].map((value) => `\`${value}\``).join(', ')} |`,
  );
  const compared = rules.flatMap(({ title, condition, others }) =>
    others ? [`| [${title}](#${anchorOf(title)}) | ${condition} | ${others} |`] : [],
  );
  const delivery = pipeline.map(({ id, severity, meaning }) => `| \`${id}\` | ${severity} | ${meaning} |`);
  return [
    '<!-- Generated from core/src/detections by `npm run generate -w provisioning`: do not edit. -->',
    '# Detections',
    'The [alert rules](alerts.md) about what people do. To change thresholds, actions or roles, edit `provisioning/detections.yaml` and run `npm run generate -w provisioning`. The `runbook_url` of each alert leads to a section of this page; set `docsUrl` if you publish it elsewhere.',
    ...families,
    '## Delivery of entries',
    `Prometheus evaluates the rules about [entries that do not arrive](alerts.md#entries-that-do-not-arrive), because the entries themselves cannot show it. Their thresholds are in \`provisioning/pipeline-rules.ts\`.\n\n| Alert | Severity | Meaning |\n| --- | --- | --- |\n${delivery.join('\n')}`,
    '## Compared with others',
    `Thresholds that Elastic, Microsoft Sentinel, Panther and Auth0 publish for the same attacks.\n\n| Rule | Fires at | Others, and why |\n| --- | --- | --- |\n${compared.join('\n')}`,
    '## Actions',
    `The actions that the rules search for, by their name in \`provisioning/detections.yaml\`:\n\n| Name | Actions |\n| --- | --- |\n${actions.join('\n')}`,
    '## Other names',
    `Names that the rules compare with, besides actions:\n\n| Name | Values |\n| --- | --- |\n${names.join('\n')}`,
  ].join('\n\n');
}
