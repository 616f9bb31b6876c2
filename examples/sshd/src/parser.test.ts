import { completeEntry, type AuditEntryInput } from '@auditrail/core';
import fc from 'fast-check';
import { SKIPPED, SshdParser, type LineResult } from './parser.ts';
import { describeWithRealLog, realLines } from './testing.ts';

const NOW = new Date('2026-11-21T12:00:00Z');

function parse(...lines: string[]): LineResult[] {
  const parser = new SshdParser(undefined, NOW);
  return lines.map((line) => parser.parse(line));
}

function entryOf(result: LineResult | undefined): AuditEntryInput {
  if (!result || 'skipped' in result) throw new Error(`no entry: ${JSON.stringify(result)}`);
  return result.entry;
}

const sshd = (message: string, pid = 1) => `Dec 10 06:55:48 LabSZ sshd[${pid}]: ${message}`;

describe('SshdParser', () => {
  it('reads a failed password of an unknown user', () => {
    const [result] = parse(
      sshd('Failed password for invalid user web from x from 173.234.31.186 port 38926 ssh2', 24200),
    );
    expect(entryOf(result)).toMatchObject({
      action: 'ssh.login',
      time: '2025-12-10T06:55:48.000000000Z',
      channel: 'auth',
      outcome: 'failure',
      error: { message: 'failed password, no such user' },
      actor: { type: 'user', id: 'web from x', name: 'web from x' },
      source: { ip: '173.234.31.186', sessionId: 'LabSZ/24200' },
      target: { type: 'host', name: 'LabSZ' },
      properties: { pid: 24200, port: 38926 },
    });
  });

  it('reads an accepted password and a key', () => {
    const results = parse(
      sshd('Accepted password for fztu from 119.137.62.142 port 49116 ssh2'),
      sshd('Accepted publickey for git from 2001:db8::7 port 22 ssh2: ED25519 SHA256:abc'),
    ).map(entryOf);
    expect(results).toMatchObject([
      {
        outcome: 'success',
        actor: { name: 'fztu' },
        source: { ip: '119.137.62.142' },
        request: { method: 'password' },
      },
      { outcome: 'success', actor: { name: 'git' }, source: { ip: '2001:db8::7' }, request: { method: 'publickey' } },
    ]);
  });

  it('gives lines of one second times of their own, in order, and the same ids each time', () => {
    const line = sshd('Connection closed by 192.0.2.1 [preauth]');
    const times = parse(line, line, line).map((result) => entryOf(result).time);
    expect(times.map((time) => time?.slice(-4))).toEqual(['000Z', '001Z', '002Z']);
    const ids = () => parse(line, line, line).map((result) => entryOf(result).id);
    expect(ids()).toEqual(ids());
    expect(new Set(ids()).size).toBe(3);
  });

  it('knows user and address from earlier lines of the connection, and says that it inferred them', () => {
    const [, limit, other] = parse(
      sshd('Failed password for root from 192.0.2.9 port 1 ssh2', 7),
      sshd('PAM service(sshd) ignoring max retries; 6 > 3', 7),
      sshd('PAM service(sshd) ignoring max retries; 6 > 3', 8),
    ).map(entryOf);
    expect(limit).toMatchObject({
      actor: { name: 'root' },
      source: { ip: '192.0.2.9' },
      properties: { inferred: ['user', 'ip'] },
    });
    expect(other?.actor).toEqual({ type: 'user' });
    expect(other?.properties).not.toHaveProperty('inferred');
  });

  it('forgets a connection when its process number may be another one', () => {
    const [, late] = parse(
      sshd('Failed password for root from 192.0.2.9 port 1 ssh2', 7),
      'Dec 10 07:20:00 LabSZ sshd[7]: PAM service(sshd) ignoring max retries; 6 > 3',
    ).map(entryOf);
    expect(late?.actor).toEqual({ type: 'user' });
  });

  it('skips a repetition only after what it repeats', () => {
    const again = sshd('input_userauth_request: invalid user bob [preauth]', 3);
    const check = sshd('pam_unix(sshd:auth): check pass; user unknown', 3);
    expect(parse(again)[0]).toHaveProperty('entry');
    expect(parse(check)[0]).toHaveProperty('entry');
    expect(parse(sshd('Invalid user bob from 192.0.2.4', 3), again, check).slice(1)).toEqual([
      { skipped: SKIPPED.invalidAgain },
      { skipped: SKIPPED.unknownAgain },
    ]);
  });

  it('keeps how often a repeated message happened', () => {
    const text = 'message repeated 5 times: [ Failed password for root from 5.36.59.76 port 42393 ssh2]';
    expect(entryOf(parse(sshd(text))[0])).toMatchObject({
      action: 'ssh.login',
      actor: { name: 'root' },
      source: { ip: '5.36.59.76' },
      properties: { repeated: 5 },
    });
  });

  it('says why a line is none of its own', () => {
    expect(parse('', 'hello', 'Dec 10 06:55:48 LabSZ cron[1]: ran', 'Feb 30 06:55:48 LabSZ sshd[1]: x')).toEqual([
      { skipped: SKIPPED.empty },
      { skipped: SKIPPED.noSyslog },
      { skipped: SKIPPED.otherProgram },
      { skipped: SKIPPED.noTime },
    ]);
  });

  it('never throws, and what it makes is a valid entry', () => {
    const words = fc.constantFrom(
      ...[
        'Failed password for ',
        'invalid user ',
        'from ',
        '1.2.3.4',
        ' port ',
        '22',
        ' ssh2',
        'rhost=',
        ' user=',
        '[preauth]',
      ],
      ...[
        'Received disconnect from ',
        ': 11: ',
        'PAM 5 more authentication failures;',
        'message repeated 2 times: [ ',
        ']',
      ],
    );
    const message = fc.array(fc.oneof(words, fc.string({ unit: 'binary' }))).map((parts) => parts.join(''));
    const line = fc.oneof(
      message,
      message.map((text) => sshd(text)),
      fc.string({ unit: 'grapheme' }),
    );
    const stamp = { id: '019b071b-a578-7bf0-b5f2-ea04d2e0e174', time: '2025-12-10T07:13:31Z', service: 'sshd' };
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        for (const result of parse(...lines)) {
          if ('entry' in result) completeEntry(result.entry, stamp);
          else expect(Object.values(SKIPPED)).toContain(result.skipped);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describeWithRealLog('SshdParser on a real log', () => {
  const results = () => {
    const parser = new SshdParser(undefined, NOW);
    return realLines().map((line) => ({ line, result: parser.parse(line) }));
  };
  const grep = (pattern: RegExp) => realLines().filter((line) => pattern.test(line)).length;

  it('makes of each line what an independent search finds', () => {
    const entries = results().flatMap(({ result }) => ('entry' in result ? [result.entry] : []));
    const count = (action: string, outcome: string) =>
      entries.filter((entry) => entry.action === action && entry.outcome === outcome).length;
    expect(results()).toHaveLength(2_000);
    expect(count('ssh.login', 'failure')).toBe(grep(/Failed (password|none)/));
    expect(count('ssh.login', 'success')).toBe(grep(/Accepted/));
    expect(count('ssh.user.unknown', 'failure')).toBe(grep(/: Invalid user/));
    expect(count('ssh.break-in.suspected', 'failure')).toBe(grep(/BREAK-IN/));
    expect(count('ssh.disconnect', 'success')).toBe(grep(/Received disconnect/));
    expect(count('ssh.connection.closed', 'success')).toBe(grep(/Connection closed/));
    expect(count('ssh.identification', 'failure')).toBe(grep(/identification string/));
    expect(count('ssh.login.limit', 'failure')).toBe(grep(/Too many authentication/));
    expect(count('pam.authentication', 'failure')).toBe(grep(/authentication failure(s)?;/));
    expect(count('pam.retries.exceeded', 'failure')).toBe(grep(/ignoring max retries/));
    expect(count('ssh.session.opened', 'success')).toBe(1);
    expect(count('ssh.session.closed', 'success')).toBe(1);
    expect(entries.filter(({ action }) => action === 'ssh.message').map(({ description }) => description)).toEqual([
      'fatal: Write failed: Connection reset by peer [preauth]',
    ]);
    const skipped = grep(/input_userauth_request/) + grep(/check pass/);
    expect(entries).toHaveLength(2_000 - skipped);
  });

  it('takes from each line exactly the address and the user that stand in it', () => {
    for (const { line, result } of results()) {
      const ip = /\d+\.\d+\.\d+\.\d+(?![\w.-])/.exec(line.replace(/rhost=\S*[a-z]\S*/, ''))?.[0];
      if ('entry' in result && ip !== undefined) expect([line, result.entry.source?.ip]).toEqual([line, ip]);
      const user = /(?:for|for invalid user|Invalid user|user=) ?([\w.-]+)(?: from|$)/.exec(line)?.[1];
      if ('entry' in result && user !== undefined) expect([line, result.entry.actor.name]).toEqual([line, user]);
    }
  });

  it('gives every entry a time and an id of its own', () => {
    const entries = results().flatMap(({ result }) => ('entry' in result ? [result.entry] : []));
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    expect(new Set(entries.map(({ time }) => time)).size).toBe(entries.length);
    expect(entries.every(({ time }) => time?.startsWith('2025-12-10T'))).toBe(true);
  });
});
