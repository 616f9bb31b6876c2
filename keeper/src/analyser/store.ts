import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { inTransaction } from '../serve/database.ts';
import type { Profiles } from './analyse.ts';
import type { FindingAction, LATE_ACTION, OwnEntry } from './finding.ts';
import { DAY_MS, type AccountProfile } from './profile.ts';
import type { SessionProfile } from './session.ts';
import { TENANT_DAYS } from './settings.ts';

/** What the analyser knows of one tenant: read on demand, written at the end of a batch in one transaction. */
export class AnalyserStore {
  readonly #db: DatabaseSync;
  readonly #tenant: string;
  readonly #read: StatementSync;

  constructor(db: DatabaseSync, tenant: string) {
    this.#db = db;
    this.#tenant = tenant;
    this.#read = db.prepare('SELECT profile FROM analyser_profiles WHERE tenant = ? AND kind = ? AND key = ?');
  }

  /** How far the intake is analyzed: the arrival of the last entry; missing before the first start. */
  get cursorNs(): bigint | undefined {
    const row = this.#db
      .prepare('SELECT CAST(cursor_ns AS TEXT) AS cursor FROM analyser_tenants WHERE tenant = ?')
      .get(this.#tenant);
    return row && BigInt(String(row['cursor']));
  }

  batch(): AnalyserBatch {
    return new AnalyserBatch((kind, key) => this.#profile(kind, key), this.#days());
  }

  #profile(kind: string, key: string): unknown {
    const row = this.#read.get(this.#tenant, kind, key);
    return row && JSON.parse(String(row['profile']));
  }

  #days(): number[] {
    const row = this.#db.prepare('SELECT days FROM analyser_tenants WHERE tenant = ?').get(this.#tenant);
    return row ? (JSON.parse(String(row['days'])) as number[]) : [];
  }

  /** Findings of one kind that an hour already has. */
  written(action: string, hourMs: number): { written: number; held: number } {
    const row = this.#db
      .prepare('SELECT written, held FROM analyser_hours WHERE tenant = ? AND action = ? AND hour_ms = ?')
      .get(this.#tenant, action, hourMs);
    return { written: Number(row?.['written'] ?? 0), held: Number(row?.['held'] ?? 0) };
  }

  /** Hours that are over and had more findings than were written. */
  heldBefore(hourMs: number): { action: FindingAction | typeof LATE_ACTION; hourMs: number; held: number }[] {
    return this.#db
      .prepare('SELECT action, hour_ms, held FROM analyser_hours WHERE tenant = ? AND hour_ms < ? AND held > 0')
      .all(this.#tenant, hourMs)
      .map((row) => ({
        action: String(row['action']) as FindingAction | typeof LATE_ACTION,
        hourMs: Number(row['hour_ms']),
        held: Number(row['held']),
      }));
  }

  /** Entries that are not written yet, oldest first. */
  waiting(limit: number): OwnEntry[] {
    return this.#db
      .prepare('SELECT entry FROM analyser_outbox WHERE tenant = ? ORDER BY added LIMIT ?')
      .all(this.#tenant, limit)
      .map((row) => JSON.parse(String(row['entry'])) as OwnEntry);
  }

  /** The entry is in the logger's spool. */
  sent(id: string): void {
    this.#db.prepare('DELETE FROM analyser_outbox WHERE tenant = ? AND id = ?').run(this.#tenant, id);
  }

  commit(change: AnalyserChange): void {
    this.transaction(() => this.write(change));
  }

  transaction(work: () => void): void {
    inTransaction(this.#db, work);
  }

  /** Within a {@link transaction}. */
  write({ cursorNs, batch, entries = [], hours = [], overBefore }: AnalyserChange): void {
    if (cursorNs !== undefined) {
      this.#db
        .prepare(
          'INSERT INTO analyser_tenants (tenant, cursor_ns, days) VALUES (?, ?, ?) ' +
            'ON CONFLICT (tenant) DO UPDATE SET cursor_ns = excluded.cursor_ns, days = excluded.days',
        )
        .run(this.#tenant, cursorNs, JSON.stringify(batch?.days ?? this.#days()));
    }
    if (batch) this.#put(batch);
    const addition = this.#db.prepare(
      'INSERT OR IGNORE INTO analyser_outbox (tenant, id, added, entry) VALUES (?, ?, (SELECT coalesce(max(added), 0) + 1 FROM analyser_outbox), ?)',
    );
    for (const entry of entries) addition.run(this.#tenant, entry.id, JSON.stringify(entry));
    if (overBefore !== undefined) {
      this.#db.prepare('DELETE FROM analyser_hours WHERE tenant = ? AND hour_ms < ?').run(this.#tenant, overBefore);
    }
    const hour = this.#db.prepare(
      'INSERT OR REPLACE INTO analyser_hours (tenant, action, hour_ms, written, held) VALUES (?, ?, ?, ?, ?)',
    );
    for (const { action, hourMs, written, held } of hours) hour.run(this.#tenant, action, hourMs, written, held);
  }

  #put(batch: AnalyserBatch): void {
    const put = this.#db.prepare(
      'INSERT INTO analyser_profiles (tenant, kind, key, last_ms, is_young, profile) VALUES (?, ?, ?, ?, ?, ?) ' +
        'ON CONFLICT (tenant, kind, key) DO UPDATE SET last_ms = max(last_ms, excluded.last_ms), is_young = excluded.is_young, profile = excluded.profile',
    );
    for (const { kind, key, lastMs, isYoung, profile } of batch.changed()) {
      put.run(this.#tenant, kind, key, lastMs, isYoung ? 1 : 0, JSON.stringify(profile));
    }
  }

  /**
   * Forgets the profiles over the limit: first those of accounts with one day of activity, so that an attack with new accounts
   * does not push out people; then those that were used longest ago.
   */
  trim(maxProfiles: number): number {
    let forgotten = 0;
    for (const kind of PROFILE_KINDS) {
      const row = this.#db
        .prepare('SELECT count(*) AS count FROM analyser_profiles WHERE tenant = ? AND kind = ?')
        .get(this.#tenant, kind);
      const over = Number(row?.['count']) - maxProfiles;
      if (over <= 0) continue;
      this.#db
        .prepare(
          'DELETE FROM analyser_profiles WHERE tenant = ? AND kind = ? AND key IN ' +
            '(SELECT key FROM analyser_profiles WHERE tenant = ? AND kind = ? ORDER BY is_young DESC, last_ms LIMIT ?)',
        )
        .run(this.#tenant, kind, this.#tenant, kind, over);
      forgotten += over;
    }
    return forgotten;
  }
}

const PROFILE_KINDS = ['person', 'key', 'session', 'day'] as const;
type ProfileKind = (typeof PROFILE_KINDS)[number];

/** What one batch changes. */
export interface AnalyserChange {
  cursorNs?: bigint;
  batch?: AnalyserBatch;
  entries?: readonly OwnEntry[];
  hours?: readonly { action: string; hourMs: number; written: number; held: number }[];
  /** Counts of earlier hours are not needed any more. */
  overBefore?: number;
}

/** The profiles that a batch needs, in memory. */
export class AnalyserBatch implements Profiles {
  readonly #load: (kind: ProfileKind, key: string) => unknown;
  readonly #profiles = new Map<string, unknown>();
  readonly #changed = new Map<string, { kind: ProfileKind; key: string }>();
  readonly days: number[];

  constructor(load: (kind: ProfileKind, key: string) => unknown, days: readonly number[]) {
    this.#load = load;
    this.days = [...days];
  }

  get historyDays(): number {
    return this.days.length;
  }

  noteDay(day: number): void {
    if (this.days.includes(day)) return;
    this.days.push(day);
    this.days.sort((a, b) => b - a);
    this.days.length = Math.min(this.days.length, TENANT_DAYS);
  }

  #get<T>(kind: ProfileKind, key: string): T | undefined {
    const name = `${kind} ${key}`;
    if (!this.#profiles.has(name)) this.#profiles.set(name, this.#load(kind, key));
    return this.#profiles.get(name) as T | undefined;
  }

  #set(kind: ProfileKind, key: string, profile: unknown): void {
    this.#profiles.set(`${kind} ${key}`, profile);
    this.#changed.set(`${kind} ${key}`, { kind, key });
  }

  account(kind: 'person' | 'key', key: string): AccountProfile | undefined {
    return this.#get(kind, key);
  }

  put(kind: 'person' | 'key', key: string, profile: AccountProfile): void {
    this.#set(kind, key, profile);
  }

  session(id: string): SessionProfile | undefined {
    return this.#get('session', id);
  }

  putSession(id: string, profile: SessionProfile): void {
    this.#set('session', id, profile);
  }

  isFirstOfDay(what: string, day: number): boolean {
    const key = `${day} ${what}`;
    if (this.#get('day', key) !== undefined) return false;
    this.#set('day', key, { day });
    return true;
  }

  *changed(): Generator<{ kind: ProfileKind; key: string; lastMs: number; isYoung: boolean; profile: unknown }> {
    for (const [name, { kind, key }] of this.#changed) {
      const profile = this.#profiles.get(name);
      yield { kind, key, ...ageOf(kind, profile), profile };
    }
  }
}

function ageOf(kind: ProfileKind, profile: unknown): { lastMs: number; isYoung: boolean } {
  if (kind === 'session') {
    const { seen } = profile as SessionProfile;
    return { lastMs: seen[0]?.[2] ?? 0, isYoung: seen.length < 2 };
  }
  if (kind === 'day') return { lastMs: (profile as { day: number }).day * DAY_MS, isYoung: false };
  const { lastMs, firstMs, hours } = profile as AccountProfile;
  const last = Math.max(lastMs, (hours[0]?.[0] ?? 0) * DAY_MS);
  return { lastMs: last, isYoung: hours.length < 2 && lastMs - firstMs < DAY_MS };
}
