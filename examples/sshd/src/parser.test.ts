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
  if (!result || 'skipped' in result) throw new Error(`not an entry: ${JSON.stringify(result)}`);
  return result.entry;
}

const sshd = (message: string, pid = 1) => `Dec 10 06:55:48 LabSZ sshd[${pid}]: ${message}`;

describe('SshdParser', () => {
  it('parses a failed password of an unknown user', () => {
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

  it('parses an accepted password and an accepted key', () => {
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

  it('gives lines of the same second unique, increasing times, and the same ids in each run', () => {
    const line = sshd('Connection closed by 192.0.2.1 [preauth]');
    const times = parse(line, line, line).map((result) => entryOf(result).time);
    expect(times.map((time) => time?.slice(-4))).toEqual(['000Z', '001Z', '002Z']);
    const ids = () => parse(line, line, line).map((result) => entryOf(result).id);
    expect(ids()).toEqual(ids());
    expect(new Set(ids()).size).toBe(3);
  });

  it('takes user and address from earlier lines of the connection, and marks them as inferred', () => {
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

  it('forgets a connection when its process id may be reused', () => {
    const [, late] = parse(
      sshd('Failed password for root from 192.0.2.9 port 1 ssh2', 7),
      'Dec 10 07:20:00 LabSZ sshd[7]: PAM service(sshd) ignoring max retries; 6 > 3',
    ).map(entryOf);
    expect(late?.actor).toEqual({ type: 'user' });
  });

  it('skips a repetition only after the line that it repeats', () => {
    const again = sshd('input_userauth_request: invalid user bob [preauth]', 3);
    const check = sshd('pam_unix(sshd:auth): check pass; user unknown', 3);
    expect(parse(again)[0]).toHaveProperty('entry');
    expect(parse(check)[0]).toHaveProperty('entry');
    expect(parse(sshd('Invalid user bob from 192.0.2.4', 3), again, check).slice(1)).toEqual([
      { skipped: SKIPPED.invalidAgain },
      { skipped: SKIPPED.unknownAgain },
    ]);
  });

  it('keeps the number of repetitions', () => {
    const text = 'message repeated 5 times: [ Failed password for root from 5.36.59.76 port 42393 ssh2]';
    expect(entryOf(parse(sshd(text))[0])).toMatchObject({
      action: 'ssh.login',
      actor: { name: 'root' },
      source: { ip: '5.36.59.76' },
      properties: { repeated: 5 },
    });
  });

  it('reports why a line is skipped', () => {
    expect(parse('', 'hello', 'Dec 10 06:55:48 LabSZ cron[1]: ran', 'Feb 30 06:55:48 LabSZ sshd[1]: x')).toEqual([
      { skipped: SKIPPED.empty },
      { skipped: SKIPPED.noSyslog },
      { skipped: SKIPPED.otherProgram },
      { skipped: SKIPPED.noTime },
    ]);
  });

  it.each([
    ['OpenSSH 9.8 and newer', 'Nov 20 06:55:48 h sshd-session[7]: '],
    ['the program for sign-ins', 'Nov 20 06:55:48 h sshd-auth[7]: '],
    ['ISO time', '2026-11-20T06:55:48.123456+01:00 h sshd[7]: '],
    ['priority', '<38>Nov 20 06:55:48 h sshd[7]: '],
    ['fractions', 'Nov 20 06:55:48.123 h sshd[7]: '],
    ['RFC 5424', '<38>1 2026-11-20T06:55:48.123Z h sshd 7 - - '],
    ['RFC 5424 with data', '1 2026-11-20T06:55:48Z h sshd 7 ID1 [a@1 b="x]\\"y"][c d="e"] \uFEFF'],
  ])('parses lines of %s', (_, before) => {
    expect(entryOf(parse(`${before}Failed password for root from 192.0.2.9 port 1 ssh2`)[0])).toMatchObject({
      action: 'ssh.login',
      time: expect.stringMatching(/^2026-11-20T0[56]:55:48/),
      actor: { id: 'root' },
      source: { ip: '192.0.2.9', sessionId: 'h/7' },
      properties: { pid: 7 },
    });
  });

  it('parses journald JSON, also with messages as bytes', () => {
    const message = 'Invalid user bob from 2001:db8::7 port 9';
    const fields = { __REALTIME_TIMESTAMP: '1795000000123456', _HOSTNAME: 'h', SYSLOG_IDENTIFIER: 'sshd', _PID: '7' };
    for (const MESSAGE of [message, [...Buffer.from(message)]]) {
      expect(entryOf(parse(JSON.stringify({ ...fields, MESSAGE }))[0])).toMatchObject({
        action: 'ssh.user.unknown',
        time: '2026-11-18T11:06:40.123456000Z',
        source: { ip: '2001:db8::7', sessionId: 'h/7' },
      });
    }
    expect(parse('{"MESSAGE":1}', '{no')).toEqual([{ skipped: SKIPPED.noSyslog }, { skipped: SKIPPED.noSyslog }]);
  });

  it('parses the older form of PAM messages', () => {
    const pam = (message: string) => `Jun 14 15:16:01 combo sshd(pam_unix)[19939]: ${message}`;
    const results = parse(
      pam('authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=218.188.2.4 '),
      pam('authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=a.example.net  user=root'),
      pam('check pass; user unknown'),
      pam('session opened for user test by (uid=509)'),
      pam('session closed for user test'),
    ).map(entryOf);
    expect(results).toMatchObject([
      { action: 'pam.authentication', outcome: 'failure', source: { ip: '218.188.2.4' } },
      {
        action: 'pam.authentication',
        outcome: 'failure',
        actor: { id: 'root' },
        properties: { rhost: 'a.example.net' },
      },
      { action: 'pam.authentication', outcome: 'failure', error: { message: 'user unknown' } },
      { action: 'ssh.session.opened', outcome: 'success', actor: { id: 'test' } },
      { action: 'ssh.session.closed', outcome: 'success', actor: { id: 'test' } },
    ]);
  });

  const REFUSALS = [
    'User ada from 192.0.2.9 not allowed because not listed in AllowUsers',
    'User ada not allowed because account is locked',
    'fatal: Access denied for user ada by PAM account configuration [preauth]',
    'error: maximum authentication attempts exceeded for ada from 192.0.2.9 port 1 ssh2 [preauth]',
    'Disconnecting authenticating user ada 192.0.2.9 port 1: Too many authentication failures [preauth]',
    "pam_access(sshd:account): access denied for user `ada' from `192.0.2.9'",
    'pam_unix(sshd:account): account ada has expired (account expired)',
    'pam_sss(sshd:auth): received for user ada: 7 (Authentication failure)',
    'error: PAM: Authentication failure for ada from 192.0.2.9',
  ];
  it.each(REFUSALS)('%s is a failure of ada', (message) => {
    const entry = entryOf(parse(sshd(message))[0]);
    expect([entry.outcome, entry.actor.id]).toEqual(['failure', 'ada']);
    if (message.includes('192')) expect(entry.source?.ip).toBe('192.0.2.9');
  });

  it.each([
    ['Received disconnect from 2001:db8::1: 11: Bye Bye', '2001:db8::1'],
    ['Received disconnect from 2001:11:22::5 port 22:11: Bye Bye [preauth]', '2001:11:22::5'],
    ['Connection closed by authenticating user root fe80::1%eth0 port 22 [preauth]', 'fe80::1%eth0'],
    ['Failed password for root from ::ffff:192.0.2.1 port 22 ssh2', '::ffff:192.0.2.1'],
  ])('%s: the address is %s', (message, ip) => {
    expect(entryOf(parse(sshd(message))[0]).source?.ip).toBe(ip);
  });

  it('removes the uid that PAM adds to an account', () => {
    const [entry] = parse(sshd('pam_unix(sshd:session): session opened for user ada(uid=1000) by (uid=0)'));
    expect(entryOf(entry).actor.id).toBe('ada');
  });

  const TRUE = '192.0.2.9 port 1';
  const FALSE = '6.6.6.6 port 6';
  it.each([
    `Accepted publickey for ada from ${TRUE} ssh2: RSA-CERT SHA256:abc ID x from ${FALSE} ssh2 (serial 1) CA RSA SHA256:abc`,
    `Accepted hostbased for ada from ${TRUE} ssh2: RSA SHA256:abc, client user "x from ${FALSE} ssh2", client host "h"`,
    `Failed hostbased for ada from ${TRUE} ssh2: client user "x from ${FALSE} ssh2", client host "h"`,
    `Failed password for invalid user x from ${FALSE} ssh2 from ${TRUE} ssh2`,
    `Failed publickey for invalid user x from ${FALSE} ssh2: RSA SHA256:abc from ${TRUE} ssh2: RSA SHA256:abc`,
    `Invalid user x from ${FALSE} from ${TRUE}`,
    `Disconnected from invalid user x ${FALSE} ${TRUE} [preauth]`,
    `Connection closed by invalid user x ${FALSE} [preauth] ${TRUE} [preauth]`,
    `Bad protocol version identification 'x' from ${FALSE}' from ${TRUE}`,
    `Received disconnect from 192.0.2.9: 11: from ${FALSE}: 11: x`,
    `Unable to negotiate with ${TRUE}: no matching x. Their offer: with ${FALSE}: x [preauth]`,
    'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.9  user=x rhost=6.6.6.6',
  ])('a client cannot choose its address: %s', (message) => {
    expect(entryOf(parse(sshd(message))[0]).source?.ip).toBe('192.0.2.9');
  });

  it.each([
    `Failed publickey for invalid user x from ${TRUE} ssh2: RSA-CERT SHA256:abc ID y from ${FALSE} ssh2 (serial 1) CA RSA SHA256:abc`,
    `Disconnecting invalid user x ${TRUE}: Change of username or service not allowed: (a ${FALSE}: ,b) -> (c,d)`,
  ])('an ambiguous address is not used: %s', (message) => {
    const [alone, , after] = parse(
      sshd(message, 1),
      sshd('Connection from 192.0.2.9 port 1 on 10.0.0.1 port 22', 2),
      sshd(message, 2),
    ).map(entryOf);
    expect(alone?.source).not.toHaveProperty('ip');
    expect(after).toMatchObject({ outcome: 'failure', source: { ip: '192.0.2.9' }, properties: { inferred: ['ip'] } });
  });

  it.each(['User child is on pid 12', 'Something that a later version writes', 'subsystem request for sftp'])(
    'an unknown message is not a success: %s',
    (message) => {
      const [result] = parse(sshd(message));
      expect(result).toMatchObject({ recognized: false, entry: { action: 'ssh.message', outcome: 'unknown' } });
    },
  );

  it('never throws, and only creates valid entries', () => {
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

  it('finds as many entries of each kind as an independent search', () => {
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

  it('takes exactly the address and the user of each line', () => {
    for (const { line, result } of results()) {
      const ip = /\d+\.\d+\.\d+\.\d+(?![\w.-])/.exec(line.replace(/rhost=\S*[a-z]\S*/, ''))?.[0];
      if ('entry' in result && ip !== undefined) expect([line, result.entry.source?.ip]).toEqual([line, ip]);
      const user = /(?:for|for invalid user|Invalid user|user=) ?([\w.-]+)(?: from|$)/.exec(line)?.[1];
      if ('entry' in result && user !== undefined) expect([line, result.entry.actor.name]).toEqual([line, user]);
    }
  });

  it('gives each entry a unique time and id', () => {
    const entries = results().flatMap(({ result }) => ('entry' in result ? [result.entry] : []));
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    expect(new Set(entries.map(({ time }) => time)).size).toBe(entries.length);
    expect(entries.every(({ time }) => time?.startsWith('2025-12-10T'))).toBe(true);
  });
});
