import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, type RunningStack } from '@auditrail/stack';
import { stringify } from 'yaml';
import { ensureDebianPackage } from '../stack/src/install/debian.ts';
import { createPart, type Part } from '../stack/src/services/part.ts';
import { freePort } from '../stack/src/services/ports.ts';
import { alertmanagerExample } from './notifications.ts';
import { recordTimed, writeRules } from './testing/scenarios/live.ts';
import { decodedMail, httpSink, smtpSink, type Sink } from './testing/sinks.ts';

const TENANT = 'audit';
const GRAFANA = 'https://grafana.example.com';
const HOSTILE =
  'eve <b>*x*</b> <!channel> <@U1> & `c` ~s~ {{ .Value }} "}],"x":{ <http://evil.example|Open>\n[Go](https://evil.example)';

let folder: string;
let stack: RunningStack;
let alertmanager: Part;
let [slack, webhook, mail]: Sink[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'auditrail-notifications-'));
  [slack, webhook, mail] = await Promise.all([httpSink(), httpSink(), smtpSink()]);
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  // The generated example, with other addresses.
  const config = stringify(alertmanagerExample())
    .replaceAll('/etc/alertmanager/', `${join(import.meta.dirname, 'notifications')}/`)
    .replaceAll('https://slack.example.com/services/…', `http://127.0.0.1:${slack.port}/`)
    .replaceAll('https://pager.example.com/audit', `http://127.0.0.1:${webhook.port}/`)
    .replaceAll('mail.example.com:587', `127.0.0.1:${mail.port}`)
    .replaceAll('group_wait: 10s', 'group_wait: 1s');
  const file = join(folder, 'alertmanager.yaml');
  writeFileSync(file, `global: { smtp_require_tls: false }\n${config}`);
  alertmanager = createPart({
    name: 'Alertmanager',
    command: await ensureDebianPackage('prometheus-alertmanager', 'prometheus-alertmanager'),
    args: [
      ...[`--config.file=${file}`, `--storage.path=${join(folder, 'alertmanager')}`, '--cluster.listen-address='],
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    ...{ env: {}, logFile: join(folder, 'alertmanager.log'), readyUrl: `${address}/-/ready` },
    onCrash: (message) => console.error(message),
  });
  await alertmanager.start();
  writeRules(join(folder, 'rules'), [TENANT]);
  stack = await startStack({
    ...{ dataDir: join(folder, 'stack'), rulesDir: join(folder, 'rules'), ruleEvery: '2s' },
    alerts: { alertmanagerUrl: address, grafanaUrl: GRAFANA },
  });
}, 180_000);

afterAll(async () => {
  await stack?.stop();
  await alertmanager?.stop();
  for (const sink of [slack, webhook, mail]) await sink?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function received(sink: Sink | undefined): Promise<string[]> {
  for (const end = Date.now() + 40_000; sink?.received.length === 0 && Date.now() < end;) await sleep(200);
  return sink?.received ?? [];
}

describe('the messages of a real Alertmanager about an attack in a real ruler', () => {
  beforeAll(async () => {
    const actor = { type: 'user', name: HOSTILE } as const;
    const granted = {
      ...{ action: 'user.role.granted', channel: 'security', description: 'granted a role', actor },
      ...{ target: { type: 'user', name: HOSTILE }, scope: { role: 'admin' } },
    };
    const ms = Date.now() - 1_000;
    // Ten failures and then a success from one address: critical.
    const attempt = (outcome: 'failure' | 'success') => ({
      ...{ action: 'user.login', channel: 'auth', description: 'signed in', outcome, actor },
      source: { ip: '203.0.113.9' },
    });
    const entries = Array.from({ length: 10 }, (_, i) => ({ ms: ms - 10_000 + i * 100, entry: attempt('failure') }));
    await recordTimed(stack, TENANT, [...entries, { ms, entry: attempt('success') }, { ms, entry: granted }]);
  }, 60_000);

  it('arrive at a webhook once, with labels, the link to the entries and the runbook', async () => {
    const bodies = await received(webhook);
    // Several evaluations later, it is still the same alert.
    await sleep(6_000);
    expect(bodies).toHaveLength(1);
    const { alerts } = JSON.parse(bodies[0] ?? '') as {
      alerts: { labels: Record<string, string>; annotations: Record<string, string> }[];
    };
    expect(alerts).toHaveLength(1);
    expect(alerts[0]?.labels).toMatchObject({
      ...{ alertname: 'Sign-in after many failures', severity: 'critical', source: 'auditrail', who: HOSTILE },
      client_address: '203.0.113.9',
    });
    const { audit_page: page = '', runbook_url: runbook } = alerts[0]?.annotations ?? {};
    expect(page).toMatch(`${GRAFANA}/a/auditrail-auditlog-app/log?from=`);
    expect(new URL(page).searchParams.get('ip')).toBe('203.0.113.9');
    expect(runbook).toMatch(/detections\.md#sign-in-after-many-failures$/);
  }, 90_000);

  it('are escaped for Slack', async () => {
    const [body = ''] = await received(slack);
    const { attachments } = JSON.parse(body) as { attachments: { text: string; title: string }[] };
    const message = attachments[0]?.text ?? '';
    expect(message).toContain('*Who:* eve &lt;b&gt;∗x∗&lt;/b&gt; &lt;!channel&gt; &lt;@U1&gt; &amp; ˋcˋ ∼s∼');
    expect(message).toMatch(/\*From:\* 203\.0\.113\.9\n/);
    expect(message).toMatch(/\*Since:\* \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n/);
    // The only links are ours.
    expect([...message.matchAll(/<([^|>]*)/g)].map(([, link]) => link)).toEqual([
      expect.stringMatching(`^${GRAFANA}/a/`),
    ]);
    expect(message).not.toMatch(/:\/\/evil/);
    expect(attachments[0]?.title).toContain('critical');
  }, 90_000);

  it('are escaped in mails, as HTML and as text', async () => {
    const mails = (await received(mail)).map(decodedMail);
    const about = mails.find((each) => each.includes('Sign-in after many failures')) ?? '';
    const html = about.slice(about.indexOf('<h3>'));
    expect(html).toContain('eve &lt;b&gt;*x*&lt;/b&gt; &lt;!channel&gt;');
    expect([...html.matchAll(/<(\w+)/g)].map(([, tag]) => tag)).not.toContain('b');
    expect([...html.matchAll(/href="([^"]*)"/g)].map(([, link]) => link)).toEqual([
      expect.stringMatching(`^${GRAFANA}/a/`),
      expect.stringMatching(/detections\.md#sign-in-after-many-failures$/),
    ]);
    expect(about).not.toMatch(/:\/\/evil/);
    expect(about).toMatch(/^Who: eve <b>/m);
  }, 90_000);
});
