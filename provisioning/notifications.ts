import { replacing } from './replacing.ts';

/**
 * Templates of messages, in the syntax that Alertmanager and Grafana share. They contain no dollar, which Grafana treats as an
 * environment variable. Labels and summaries have text that attackers choose, such as user names:
 *
 * - Plain text: hidden characters and line breaks become spaces, and links are not links any more.
 * - Slack: also `&`, `<` and `>` are escaped, which disables mentions and links, and characters of its markup are replaced.
 * - HTML: Alertmanager's HTML templates escape each value for its context.
 * - Webhooks: both programs encode JSON themselves; there is no template.
 */
const PLAIN = replacing([
  ['[\\p{C}\\p{Z}]+', ' '],
  ['://', '[:]//'],
]);
const SLACK =
  PLAIN +
  replacing([
    ['&', '&amp;'],
    ['<', '&lt;'],
    ['>', '&gt;'],
    ['\\*', '∗'],
    ['~', '∼'],
    ['\\x60', 'ˋ'],
  ]);
// Values in links are already encoded.
const SLACK_LINK = replacing([
  ['&', '&amp;'],
  ['[|<>]', ''],
]);

/** What a message tells: a heading and the label or annotation. The number and the window are in the summary. */
const FACTS: readonly [heading: string, value: string][] = [
  ['What', '.Annotations.summary'],
  ['Who', '.Labels.who'],
  ['From', '.Labels.client_address'],
  ['Target', '.Labels.audit_target_name'],
  ['Happened at', '.Labels.audit_scope_happened_at'],
  ['Trace', '.Labels.trace_id'],
];
const SINCE = '(.StartsAt.UTC.Format "2006-01-02 15:04:05 UTC")';

const facts = (line: (heading: string, value: string) => string) =>
  FACTS.map(([heading, value]) => `{{ with ${value} }}${line(heading, '.')}{{ end }}`).join('') + line('Since', SINCE);

const plainLine = (heading: string, value: string) => `${heading}: {{ ${value}${PLAIN} }}\n`;
const slackLine = (heading: string, value: string) => `*${heading}:* {{ ${value}${SLACK} }}\n`;
const htmlLine = (heading: string, value: string) =>
  `<tr><th align="left">${heading}</th><td>{{ ${value}${PLAIN} }}</td></tr>`;

/** The templates by name. */
const NOTIFICATION_TEMPLATES: Readonly<Record<string, string>> = {
  'auditrail.title': '[{{ .Status }}] {{ .CommonLabels.severity }}: {{ .CommonLabels.alertname }}',
  'auditrail.text':
    `{{ range .Alerts }}${facts(plainLine)}` +
    'Meaning: {{ .Annotations.description }}\nWhat to do: {{ .Annotations.runbook }}\n' +
    'Entries: {{ .Annotations.audit_page }}\nRunbook: {{ .Annotations.runbook_url }}\n\n{{ end }}',
  'auditrail.slack':
    `{{ range .Alerts }}${facts(slackLine)}` +
    `<{{ .Annotations.audit_page${SLACK_LINK} }}|Show the entries> · Runbook: {{ .Annotations.runbook_url${SLACK_LINK} }}\n{{ end }}`,
  'auditrail.html':
    `{{ range .Alerts }}<h3>{{ .Labels.severity }}: {{ .Labels.alertname }}</h3><table>${facts(htmlLine)}</table>` +
    '<p>{{ .Annotations.description }}</p><p>{{ .Annotations.runbook }}</p>' +
    '<p><a href="{{ .Annotations.audit_page }}">Show the entries</a> · <a href="{{ .Annotations.runbook_url }}">Runbook</a></p>{{ end }}',
};

const defined = ([name, text]: [string, string]) => `{{ define "${name}" }}${text}{{ end }}\n`;
const use = (name: string) => `{{ template "${name}" . }}`;

/** A file of templates for Alertmanager. */
export const alertmanagerTemplates = (): string =>
  `{{/* Generated from notifications.ts by npm run generate -w provisioning: do not edit. */}}\n` +
  Object.entries(NOTIFICATION_TEMPLATES).map(defined).join('');

/** How a route groups alerts, in both programs. */
const GROUPING = {
  group_by: ['alertname', 'who', 'client_address'],
  ...{ group_wait: '10s', group_interval: '5m', repeat_interval: '12h' },
};

// Saturday, 02:00 to 04:00.
const MAINTENANCE = { weekdays: ['saturday'], times: [{ start_time: '02:00', end_time: '04:00' }] };

/** An example of Alertmanager's configuration. */
export const alertmanagerExample = (): unknown => ({
  templates: ['/etc/alertmanager/auditrail.tmpl'],
  route: {
    receiver: 'auditrail-mail',
    ...GROUPING,
    routes: [
      { matchers: ['source="auditrail"', 'severity="critical"'], receiver: 'auditrail-page' },
      {
        matchers: ['source="auditrail"', 'severity="medium"'],
        receiver: 'auditrail-mail',
        mute_time_intervals: ['maintenance'],
      },
    ],
  },
  time_intervals: [{ name: 'maintenance', time_intervals: [MAINTENANCE] }],
  receivers: [
    { name: 'auditrail-mail', email_configs: [mail()] },
    {
      name: 'auditrail-page',
      email_configs: [mail()],
      slack_configs: [
        {
          ...{ api_url: 'https://slack.example.com/services/…', channel: '#security', send_resolved: true },
          ...{ title: use('auditrail.title'), text: use('auditrail.slack'), mrkdwn_in: ['text'] },
        },
      ],
      webhook_configs: [{ url: 'https://pager.example.com/audit', send_resolved: true }],
    },
  ],
});

const mail = () => ({
  ...{ to: 'security@example.com', from: 'alerts@example.com', smarthost: 'mail.example.com:587' },
  headers: { Subject: use('auditrail.title') },
  ...{ html: use('auditrail.html'), text: use('auditrail.text') },
});

/** An example of a provisioning file for Grafana's alerting: contact points, policies, mute timings and templates. */
export const grafanaNotifications = (): unknown => ({
  apiVersion: 1,
  templates: [{ orgId: 1, name: 'auditrail', template: Object.entries(NOTIFICATION_TEMPLATES).map(defined).join('') }],
  muteTimes: [{ orgId: 1, name: 'auditrail-maintenance', time_intervals: [MAINTENANCE] }],
  contactPoints: [
    { orgId: 1, name: 'auditrail-mail', receivers: [grafanaMail('auditrail-mail')] },
    {
      orgId: 1,
      name: 'auditrail-page',
      receivers: [
        grafanaMail('auditrail-page-mail'),
        {
          ...{ uid: 'auditrail-page-slack', type: 'slack' },
          settings: {
            url: 'https://slack.example.com/services/…',
            ...{ title: use('auditrail.title'), text: use('auditrail.slack') },
          },
        },
        {
          ...{ uid: 'auditrail-page-webhook', type: 'webhook' },
          settings: {
            url: 'https://pager.example.com/audit',
            title: use('auditrail.title'),
            message: use('auditrail.text'),
          },
        },
      ],
    },
  ],
  policies: [
    {
      orgId: 1,
      receiver: 'auditrail-mail',
      ...GROUPING,
      routes: [
        {
          receiver: 'auditrail-page',
          object_matchers: [matcher('source', 'auditrail'), matcher('severity', 'critical')],
        },
        {
          receiver: 'auditrail-mail',
          object_matchers: [matcher('source', 'auditrail'), matcher('severity', 'medium')],
          mute_time_intervals: ['auditrail-maintenance'],
        },
      ],
    },
  ],
});

const matcher = (label: string, value: string) => [label, '=', value];

const grafanaMail = (uid: string) => ({
  ...{ uid, type: 'email' },
  settings: {
    ...{ addresses: 'security@example.com', subject: use('auditrail.title'), message: use('auditrail.text') },
  },
});
