import { readFile } from 'node:fs/promises';
import { anchorOf, CATALOGUE, SEVERITIES } from '@auditrail/core/detections';
import { PANEL_IDS } from './dashboards/panel-ids.ts';
import { ALERT_RULES, alertRules } from './rules.ts';
import { withSettings } from './settings.ts';

const TACTICS = [
  ...['credential-access', 'initial-access', 'persistence', 'privilege-escalation', 'defense-evasion'],
  ...['impact', 'collection', 'discovery'],
];
const rulesOf = (overrides: string) => withSettings(overrides, alertRules);
const rules = rulesOf('');
const queryOf = (id: string, overrides = '') => rulesOf(overrides).find((rule) => rule.id === id)?.query;

describe('every rule of the catalogue', () => {
  it.each(rules.map((rule) => [rule.id, rule] as const))('%s is complete', (id, rule) => {
    expect(id).toMatch(/^auditrail-[a-z0-9-]{1,30}$/);
    expect(rule.technique).toMatch(/^T\d{4}(\.\d{3})?$/);
    expect(TACTICS).toContain(rule.tactic);
    expect(SEVERITIES).toContain(rule.severity);
    expect(Object.values(PANEL_IDS)).toContain(rule.panel);
    for (const text of [rule.title, rule.meaning, rule.runbook, rule.falsePositives, rule.needs, rule.condition]) {
      expect(text.length).toBeGreaterThan(5);
    }
    expect(rule.thresholds.minutes).toBeGreaterThan(0);
    expect(rule.query).toContain(`[${rule.thresholds.minutes}m]`);
  });

  it.each(CATALOGUE.flatMap(({ id, defaults }) => Object.keys(defaults).map((name) => [id, name] as const)))(
    '%s uses its threshold %s',
    (id, name) => {
      expect(queryOf(id, `thresholds: { ${id}: { ${name}: 977 } }`)).not.toBe(queryOf(id));
    },
  );

  it('has ids, titles and anchors of its own', () => {
    for (const key of ['id', 'title'] as const) expect(new Set(rules.map((rule) => rule[key])).size).toBe(rules.length);
    expect(new Set(rules.map(({ title }) => anchorOf(title))).size).toBe(rules.length);
  });

  it('has a runbook_url that leads to an existing section', async () => {
    for (const { runbookUrl } of ALERT_RULES) {
      const [file = '', anchor] = runbookUrl.split('#');
      const page = await readFile(new URL(`../docs/${file.split('/').at(-1)}`, import.meta.url), 'utf8');
      const headings = (page.match(/^#+ .*$/gm) ?? []).map((line) => anchorOf(line.replace(/^#+ /, '')));
      expect(headings).toContain(anchor);
    }
  });

  it('is linked from docs/alerts.md by existing sections', async () => {
    const docs = await readFile(new URL('../docs/alerts.md', import.meta.url), 'utf8');
    const page = await readFile(new URL('../docs/detections.md', import.meta.url), 'utf8');
    const anchors = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
    const links = [...docs.matchAll(/\[([^\]]+)\]\(detections\.md#([^)]+)\)/g)];
    expect(links.length).toBeGreaterThan(5);
    for (const [, , anchor] of links) expect(anchors).toContain(anchor);
  });

  it('has balanced parentheses, and none after group_left ()', () => {
    for (const { query } of rules) {
      const bare = query.replace(/"(?:[^"\\]|\\.)*"/g, '');
      expect(bare.split('(').length).toBe(bare.split(')').length);
      expect(bare).not.toMatch(/group_left \(\)\s*\(/);
    }
  });
});

describe('the queries', () => {
  const FAILURES = '{audit_channel=~".+", audit_outcome="failure"} | audit_action=~"^(?:user\\\\.login|ssh\\\\.login)"';

  it('count failures by address, with a higher threshold for attempts at locked accounts', () => {
    const query = queryOf('auditrail-brute-force-ip') ?? '';
    expect(query).toMatch(/^\(sum by \(client_address\) .*\[5m\]\)\) >= 20\) or \(sum by .*\[5m\]\)\) >= 30\)$/);
    expect(query).toContain(`${FAILURES} | error_type!~"^(?:account_locked|`);
  });

  it('compare the time of a success with the times of shares of the failures', () => {
    const query = queryOf('auditrail-success-after-failures') ?? '';
    for (const [share, atLeast] of [
      ['1', 10],
      ['0.5', 20],
      ['0.25', 40],
    ] as const) {
      expect(query).toContain(`quantile_over_time(${share}, {`);
      expect(query).toContain(`>= ${atLeast})`);
    }
    expect(query).toContain('>= 3)');
    expect(query).not.toContain('min_over_time');
    // Attempts at locked accounts never count.
    const failures = query.split('audit_outcome="failure"').slice(1);
    for (const part of failures)
      expect(part).toMatch(/^\} \| audit_action=~"[^"]*" \| error_type!~"\^\(\?:account_locked\|/);
  });

  it('compare failures with successes also at a threshold of one', () => {
    const id = 'auditrail-success-after-failures';
    expect(queryOf(id, `thresholds: { ${id}: { failures: 1 } }`)).toContain('>= 3)');
  });

  it('compare e-mail addresses in lower case, and name the field of the actor', () => {
    const query = queryOf('auditrail-brute-force-account');
    expect(query).toContain('who="{{ or (lower .user_email) .audit_actor_id');
    expect(query).toContain('who_field="{{ if .user_email }}user{{ else if .audit_actor_id }}actorId');
    expect(query).toContain('sum by (who, who_field)');
  });

  it('use the actions and roles of the overrides', () => {
    const overrides = 'actions: { roleGranted: [role.assigned] }\nprivilegedRoles: [billing-admin]';
    const query = queryOf('auditrail-privileged-role-granted', overrides);
    expect(query).toContain('audit_action="role.assigned"');
    expect(query).toContain('audit_scope_role=~"^(?:billing-admin|BILLING-ADMIN|Billing-admin)"');
  });

  it('only search for agents without onBehalfOf', () => {
    expect(queryOf('auditrail-agent-without-owner')).toContain('| audit_on_behalf_of_type=""');
  });
});

describe('overrides', () => {
  it.each([
    ['provisioning/detections.yaml', /^# (disabled:[^]*)/m, /^# ?/gm],
    ['docs/alerts.md', /```yaml\n(disabled:[^]*?)```/, /^$^/],
  ])('in the example of %s are valid', async (path, example, prefix) => {
    const text = await readFile(new URL(`../${path}`, import.meta.url), 'utf8');
    const overrides = example.exec(text)?.[1]?.replace(prefix, '') ?? '-';
    expect(rulesOf(overrides)[0]?.runbookUrl).toMatch(/^https:\/\/wiki\.example\.com\/auditrail\//);
    expect(rulesOf(overrides)).toHaveLength(CATALOGUE.length - 1);
  });

  it('can disable a rule', () => {
    expect(queryOf('auditrail-mass-export', 'disabled: [auditrail-mass-export]')).toBeUndefined();
  });

  it.each([
    ['disabled: [x]', 'disabled: there is no rule "x"'],
    ['thresholds: { x: { minutes: 1 } }', 'thresholds: there is no rule "x"'],
    [
      'thresholds: { auditrail-mass-export: { count: 1 } }',
      'thresholds.auditrail-mass-export: there is no "count", only exports, minutes',
    ],
    ['thresholds: { auditrail-mass-export: { exports: 0 } }', 'thresholds.auditrail-mass-export.exports: '],
    ['threshold: {}', 'Unrecognized key: "threshold"'],
    ['privilegedRoles: []', 'privilegedRoles: '],
    ['privilegedRoles: ["$ADMIN"]', 'privilegedRoles.0: must not be empty or contain a dollar'],
    ['actions: { signIn: ["a&b"] }', 'actions.signIn.0: must only have letters'],
    ['docsUrl: https://x.example/', 'docsUrl: must be a URL or a path without a trailing slash'],
  ])('%s is refused', (text, message) => {
    expect(() => rulesOf(text)).toThrow(message);
    expect(() => rulesOf(text)).toThrow(/^detections.yaml: the settings of the alert rules are not valid: /);
  });
});
