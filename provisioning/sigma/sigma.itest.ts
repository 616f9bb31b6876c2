import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditLogger, type AuditLogger } from '@auditrail/sdk';
import { inRoot, startStack, type RunningStack } from '@auditrail/stack';
import { run } from '../../stack/src/install/run.ts';
import { evaluatedRules, firing, type Rule } from '../testing/ruler.ts';
import { alertsOf, convertSigma } from '../testing/sigma.ts';
import { CASES, HOSTILE_ENTRIES, HOSTILE_RULES, HOSTILE_TITLE } from './cases.ts';

const TENANT = 'audit';

let folder: string;
let stack: RunningStack;
let audit: AuditLogger;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auditrail-sigma-'));
  const rulesDir = join(folder, 'rules');
  await mkdir(join(rulesDir, TENANT), { recursive: true });
  const hostile = join(folder, 'hostile.yml');
  await writeFile(hostile, HOSTILE_RULES);
  await writeFile(join(rulesDir, TENANT, 'sigma.yaml'), await convertSigma(inRoot('provisioning/sigma/rules')));
  await writeFile(join(rulesDir, TENANT, 'hostile.yaml'), await convertSigma(hostile));
  stack = await startStack({ dataDir: join(folder, 'stack'), rulesDir, ruleEvery: '1s' });
  const to = { endpoint: stack.urls.collector, tenant: TENANT, token: stack.tokensFor(TENANT).write };
  audit = createAuditLogger({ service: 'sigma-test', spool: join(folder, 'spool'), ...to });
}, 300_000);

afterAll(async () => {
  await audit?.shutdown();
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function evaluated(): Promise<Rule[]> {
  await audit.flush({ timeoutMs: 20_000 });
  return evaluatedRules(stack.urls.loki, TENANT, Date.now() + 2_000);
}

const withoutRuleLabels = (alerts: string[]) =>
  alerts.map((alert) => alert.replace(/sigma_rule=[^,]*, |, sigma_rule=[^,]*/, ''));

describe('converted Sigma rules in the ruler', () => {
  it('are silent for entries that meet all conditions but one', async () => {
    for (const { nearMisses } of CASES) for (const entry of nearMisses) await audit.record(entry);
    expect(firing(await evaluated())).toEqual([]);
  }, 60_000);

  it('fire for their entries, and name actor, address and action', async () => {
    for (const { entries } of CASES) for (const entry of entries) await audit.record(entry);
    const alerts = CASES.map(({ title, about }) => `${title}: ${about}`).sort();
    expect(withoutRuleLabels(firing(await evaluated()))).toEqual(alerts);
    expect(alerts.length).toBeGreaterThanOrEqual(10);
  }, 60_000);

  it('link to the entries of the actor at the time of the alert', async () => {
    const alert = (await evaluated()).find(({ name }) => name === CASES[0]?.title)?.alerts[0];
    expect(alert?.labels).toMatchObject({ severity: 'high', technique: 'T1078', tactic: 'initial-access' });
    expect(alert?.annotations['runbook_url']).toBe('https://attack.mitre.org/techniques/T1078/');
    const page = new URL(alert?.annotations['audit_page'] ?? '', 'http://grafana');
    expect(page.pathname).toBe('/a/auditrail-auditlog-app/log');
    const { from, to, ...filters } = Object.fromEntries(page.searchParams);
    expect(filters).toEqual({ action: 'user.login', ip: '203.0.113.1', actorId: 'svc-backup' });
    expect(Number(to) - Number(from)).toBe(12 * 60_000);
  }, 60_000);

  it('treat unusual text in rules and entries as data', async () => {
    for (const entry of HOSTILE_ENTRIES) await audit.record(entry);
    const alerts = (await evaluated())
      .filter(({ name }) => name.startsWith(HOSTILE_TITLE))
      .flatMap(({ alerts }) => alerts);
    expect(alerts.map(({ labels }) => labels['alertname']).sort()).toEqual(
      HOSTILE_ENTRIES.map((_, i) => `${HOSTILE_TITLE} ${i}`),
    );
    for (const { annotations } of alerts) {
      expect(annotations['description']).toBe('{{ .Value }} $1 {{{ "x" }}} <b>\n# auditrail-rule "alert": "x"');
      expect(annotations['summary']).toMatch(/: 1, ‹b› \(at\)channel/);
    }
  }, 60_000);
});

describe('the check before loading', () => {
  const check = async (expr: string) => {
    const file = join(folder, 'checked.yaml');
    await writeFile(file, JSON.stringify({ groups: [{ name: 'g', rules: [{ alert: 'A', expr }] }] }));
    return run(process.execPath, [inRoot('provisioning/sigma/check-rules.ts'), file, stack.urls.loki]);
  };

  it('accepts what Loki can parse, and names a rule that it cannot', async () => {
    const query = (regex: string) => `sum(count_over_time({a="b"} | x=~\`${regex}\` [5m])) > 0`;
    expect(await check(query('a'))).toMatchObject({ code: 0, output: 'Loki accepts 1 rules\n' });
    const { code, log } = await check(query('(?!a)'));
    expect(code).toBe(1);
    expect(log).toMatch(/^A: .*invalid or unsupported Perl syntax/);
  });
});

describe('the conversion', () => {
  const rule = (detection: string) => `title: T\nlogsource: { product: auditrail }\ndetection: ${detection}\n`;
  const converted = async (text: string) => {
    const file = join(folder, 'rule.yml');
    await writeFile(file, text);
    return alertsOf(await convertSigma(file));
  };

  it.each([
    ['{ s: { unknown: x }, condition: s }', 'The following fields are not mapped: unknown'],
    [`{ s: { targetName: 'a\\*b' }, condition: s }`, 'a value with a literal * or ? cannot be converted'],
    ['{ s: { targetName: "a`\\nb" }, condition: s }', 'a value with a backtick and a line break cannot be converted'],
    ['{ s: { "reason|re": "a`b" }, condition: s }', 'a regular expression with a backtick cannot be converted'],
  ])('refuses %s', async (detection, message) => {
    await expect(converted(rule(detection))).rejects.toThrow(message);
  });

  it('refuses a correlation that groups by an unknown field', async () => {
    const correlation =
      'correlation: { type: event_count, rules: [r], group-by: [unknown], timespan: 1m, condition: { gte: 2 } }';
    const text = `${rule('{ s: { action: a }, condition: s }')}name: r\n---\ntitle: C\n${correlation}\n`;
    await expect(converted(text)).rejects.toThrow('field of group-by that this pipeline does not know: unknown');
  });

  it('reads the line only for properties', async () => {
    const [plain] = await converted(rule('{ s: { action: a }, condition: s }'));
    expect(plain?.expr).not.toContain('| json');
    const [property] = await converted(rule('{ s: { properties.x: a }, condition: s }'));
    expect(property?.expr).toContain('| json | properties_x=~`(?i)^a$`');
  });
});
