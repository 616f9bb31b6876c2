import { setTimeout as sleep } from 'node:timers/promises';
import { grafanaNotifications } from './notifications.ts';
import { httpSink, type Sink } from './testing/sinks.ts';

const { GRAFANA_URL, GRAFANA_USER = 'admin', GRAFANA_PASSWORD = 'admin' } = process.env;

const HOSTILE = 'eve <b>*x*</b> <!channel> & {{ .Value }} "}],"x":{ <http://evil.example|Open>';
const ALERT = {
  labels: {
    alertname: 'Mass export',
    severity: 'critical',
    source: 'auditrail',
    who: HOSTILE,
    client_address: '203.0.113.9',
  },
  annotations: {
    summary: '12 exports',
    description: 'Much data was exported.',
    runbook: 'Ask the person.',
    runbook_url: 'https://docs.example.com/detections.md#mass-export',
    audit_page: 'https://grafana.example.com/a/auditrail-auditlog-app/log?from=1&to=2&user=eve%3C',
  },
};

interface Example {
  templates: { name: string; template: string }[];
  contactPoints: { receivers: { type: string; settings: Record<string, unknown> }[] }[];
}

async function grafana(method: string, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${GRAFANA_URL}${path}`, {
    method,
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Basic ${Buffer.from(`${GRAFANA_USER}:${GRAFANA_PASSWORD}`).toString('base64')}`,
      'X-Disable-Provenance': 'true',
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

const describeWithGrafana = GRAFANA_URL ? describe : describe.skip;

describeWithGrafana('the messages of a real Grafana (skipped without GRAFANA_URL)', () => {
  const example = grafanaNotifications() as Example;
  let sinks: Record<'slack' | 'webhook', Sink>;

  beforeAll(async () => {
    sinks = { slack: await httpSink(), webhook: await httpSink() };
    for (const { name, template } of example.templates)
      await grafana('PUT', `/api/v1/provisioning/templates/${name}-test`, {
        // A name of its own, so that it does not collide with a provisioned file.
        template: template.replaceAll('"auditrail.', '"auditrailtest.'),
      });
    const receivers = example.contactPoints
      .flatMap((point) => point.receivers)
      .filter(({ type }) => type in sinks)
      .map(({ type, settings }, i) => ({
        name: `auditrail-${i}`,
        grafana_managed_receiver_configs: [
          {
            ...{ name: `auditrail-${i}`, type, uid: '', disableResolveMessage: false },
            settings: {
              ...(JSON.parse(JSON.stringify(settings).replaceAll('auditrail.', 'auditrailtest.')) as object),
              url: `http://127.0.0.1:${sinks[type as keyof typeof sinks].port}/`,
            },
          },
        ],
      }));
    // Grafana's Alertmanager loads new templates within a minute.
    const isEmpty = () => !sinks.webhook.received.at(-1)?.includes('What: ');
    for (const end = Date.now() + 90_000; isEmpty() && Date.now() < end; await sleep(2_000))
      await grafana('POST', '/api/alertmanager/grafana/config/api/v1/receivers/test', { alert: ALERT, receivers });
  }, 120_000);

  afterAll(async () => {
    for (const sink of Object.values(sinks ?? {})) await sink.stop();
  });

  it('are escaped for Slack', () => {
    const body = sinks.slack.received.at(-1) ?? '';
    const { attachments } = JSON.parse(body) as { attachments: { text: string }[] };
    const message = attachments[0]?.text ?? '';
    expect(message).toContain('*Who:* eve &lt;b&gt;∗x∗&lt;/b&gt; &lt;!channel&gt; &amp; {{ .Value }}');
    expect([...message.matchAll(/<([^|>]*)/g)].map(([, link]) => link)).toEqual([
      expect.stringMatching(/^https:\/\/grafana\.example\.com\/a\//),
    ]);
    expect(message).not.toMatch(/:\/\/evil/);
  });

  it('are valid JSON for webhooks', () => {
    const { alerts, message } = JSON.parse(sinks.webhook.received.at(-1) ?? '') as {
      alerts: { labels: Record<string, string> }[];
      message: string;
    };
    expect(alerts[0]?.labels['who']).toBe(HOSTILE);
    expect(message).toContain('What: 12 exports\nWho: eve <b>*x*</b>');
    expect(message).not.toMatch(/:\/\/evil/);
  });
});
