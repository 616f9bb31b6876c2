import { CATALOGUE, entryEvent, evaluate, parseSettings, ruleOf, type Firing } from '@auditrail/core/detections';
import { completeEntry, type AuditEntry } from '@auditrail/core';
import { SshdParser } from './parser.ts';
import { describeWithRealLog, realLines } from './testing.ts';

describeWithRealLog('the alert rules over a real sshd log', () => {
  let entries: AuditEntry[];
  beforeAll(() => {
    const parser = new SshdParser(2025, new Date());
    entries = realLines().flatMap((line): AuditEntry[] => {
      const result = parser.parse(line);
      if (!('entry' in result)) return [];
      const { id, time } = result.entry;
      return [completeEntry(result.entry, { id, time, service: 'sshd' })];
    });
  });
  const settings = parseSettings({});

  function firings(id: string): Firing[] {
    const detection = CATALOGUE.find((rule) => rule.id === id);
    if (!detection) throw new Error(`there is no rule ${id}`);
    const evaluator = evaluate(ruleOf(detection, settings).pattern);
    return entries.flatMap((entry) => evaluator.add(entryEvent(entry)));
  }

  it('find its brute force', () => {
    const loud = ['112.95.230.3', '5.188.10.180', '103.99.0.122', '187.141.143.180', '183.62.140.253'];
    expect(firings('auditrail-brute-force-ip').map(({ labels }) => labels['client_address'])).toEqual(loud);
    // Without the parser: these addresses have many failed passwords.
    for (const ip of loud) {
      const failed = realLines().filter((line) => line.includes('Failed password') && line.includes(` ${ip} `));
      expect(failed.length).toBeGreaterThanOrEqual(15);
    }
    expect(new Set(firings('auditrail-brute-force-account').map(({ labels }) => labels['who']))).toEqual(
      new Set(['root', 'admin']),
    );
  });

  it('see its one successful sign-in, which follows no failures', () => {
    const successes = entries.filter(({ action, outcome }) => action === 'ssh.login' && outcome === 'success');
    expect(successes.map(({ actor, source }) => [actor.name ?? actor.id, source?.ip])).toEqual([
      ['fztu', '119.137.62.142'],
    ]);
    expect(firings('auditrail-success-after-failures')).toEqual([]);
  });
});
