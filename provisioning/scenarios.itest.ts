import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTime, msToNs } from '@auditrail/core';
import { parameterField, type Filter } from '@auditrail/core/query';
import { startStack, type RunningStack } from '@auditrail/stack';
import { readTrail } from '@auditrail/stack/testing';
import { ruleHistory } from './testing/rule-history.ts';
import type { Rule } from './testing/ruler.ts';
import { timedEntries } from './testing/scenarios/entries.ts';
import { attacks, grouped, nearMisses, type Play } from './testing/scenarios/index.ts';
import { alertsOf, hasLabels, recordTimed, rulesNow, rulesWhenFiring, writeRules } from './testing/scenarios/live.ts';

const ATTACKED = 'attacked';
const groups = grouped(nearMisses());
const tenantOf = (group: number) => `near-${group}`;
const TENANTS = [ATTACKED, ...groups.map((_, i) => tenantOf(i))];
const named = (plays: Play[]) => plays.map((play): [string, Play] => [`${play.rule.title}: ${play.name}`, play]);

let folder: string;
let stack: RunningStack;
let endMs: number;
const rules = new Map<string, Rule[]>();

const record = (tenant: string, plays: Play[]) =>
  recordTimed(
    stack,
    tenant,
    plays.flatMap(({ steps }) => timedEntries(steps, endMs)).toSorted((a, b) => a.ms - b.ms),
  );

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'auditrail-scenarios-'));
  writeRules(join(folder, 'rules'), TENANTS);
  stack = await startStack({ dataDir: join(folder, 'stack'), ruleEvery: '3s', rulesDir: join(folder, 'rules') });
  endMs = Date.now();
  await record(ATTACKED, attacks());
  for (const [i, group] of groups.entries()) await record(tenantOf(i), group);
  const states = await Promise.all(
    TENANTS.map((tenant) =>
      tenant === ATTACKED ? rulesWhenFiring(stack, tenant, attacks()) : rulesNow(stack, tenant),
    ),
  );
  for (const [i, tenant] of TENANTS.entries()) rules.set(tenant, states[i] ?? []);
}, 180_000);

afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The entries that a link to the audit page shows. */
async function entriesOf(link: string | undefined) {
  const page = new URL(link ?? '', 'http://grafana');
  const time = (name: string) => msToNs(Number(page.searchParams.get(name)));
  const filters = new Map<string, Filter>();
  for (const [name, value] of page.searchParams) {
    const field = parameterField(name);
    if (!field || value === '') continue;
    const known = filters.get(name) ?? { field, operator: 'is any of', values: [] };
    filters.set(name, { ...known, values: [...known.values, value] });
  }
  const range = { start: time('from'), end: time('to') };
  return readTrail(stack, ATTACKED, { range, query: { filters: [...filters.values()] } });
}

describe('the rules in a real ruler', () => {
  it.each(named(attacks()))('fire: %s', async (_name, play) => {
    const alerts = alertsOf(play, rules.get(ATTACKED) ?? []);
    const alert = alerts.find((each) => hasLabels(play, each));
    expect(alerts.map(({ labels }) => labels)).toContainEqual(expect.objectContaining(play.labels));
    const { severity, technique, tactic, runbookUrl } = play.rule;
    expect(alert?.labels).toMatchObject({ severity, technique, tactic, source: 'auditrail' });
    expect(alert?.annotations).toMatchObject({ runbook_url: runbookUrl });
    const shown = await entriesOf(alert?.annotations['audit_page']);
    const expected = msToNs(endMs - play.linkSecondsAgo * 1000);
    expect(shown.map(({ entry }) => entry?.time)).toContain(formatTime(expected));
  });

  it.each(
    groups.flatMap((plays, group) =>
      named(plays).map(([name, play]): [string, string, Play] => [name, tenantOf(group), play]),
    ),
  )('do not fire: %s (%s)', async (_name, tenant, play) => {
    expect(alertsOf(play, rules.get(tenant) ?? [])).toEqual([]);
    // Nor at any earlier time.
    const age = Math.max(...play.steps.map(({ secondsAgo }) => secondsAgo));
    const stepSeconds = Math.max(15, Math.ceil(age / 5_000));
    const options = { lokiUrl: stack.urls.loki, tenant, from: endMs - age * 1000, to: endMs, stepSeconds };
    const past = await ruleHistory({ ...options, query: play.rule.query });
    expect(past.filter(({ labels }) => play.cast.concerns(labels))).toEqual([]);
  });
});
