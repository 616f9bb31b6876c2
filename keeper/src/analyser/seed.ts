import { msToNs, nsToMs } from '@auditrail/core';
import type { DuckDBValue } from '../days/duckdb.ts';
import { sqlText } from '../days/duck.ts';
import type { Days } from '../days/days.ts';
import { valueSql } from '../days/sql-condition.ts';
import { ASN_PROPERTY, POSITION_PROPERTIES, textOf } from './event.ts';
import { networkOf } from './network.ts';
import { DAY_MS, newProfile, noteHours, noteUse } from './profile.ts';
import { PROFILE_BOUNDS, TENANT_DAYS, type AnalyserSettings } from './settings.ts';
import type { AnalyserBatch } from './store.ts';
import { positionOf } from './travel.ts';

/** How far back the last sign-in of an account is looked for. */
const SIGN_IN_DAYS = 400;

const COLUMNS = ['ns', 'email', 'actorId', 'actorName', 'ip', 'properties'];
const ACCOUNT = 'coalesce(email, actorId, actorName)';
const msOf = (value: DuckDBValue | undefined) => nsToMs(value as bigint);

/** Learns what the keeper's days know of a tenant: its accounts' sign-ins, networks and hours. */
export async function seed(
  days: Pick<Days, 'scan'>,
  tenant: string,
  batch: AnalyserBatch,
  { signIn, maxProfiles }: Pick<AnalyserSettings, 'signIn' | 'maxProfiles'>,
  nowMs: number,
): Promise<void> {
  const since = (count: number) => ({
    start: msToNs(Math.max(0, nowMs - count * DAY_MS)),
    end: msToNs(nowMs + DAY_MS),
  });
  const isSignIn = `action IN (${signIn.map(sqlText).join(', ')}) AND actorType = 'user'`;
  const asn = valueSql(`properties.${ASN_PROPERTY}`);
  const [lat, lon] = [
    valueSql(`properties.${POSITION_PROPERTIES.lat}`),
    valueSql(`properties.${POSITION_PROPERTIES.lon}`),
  ];
  const rows = async function* (count: number, condition: string, statement: (from: string) => string) {
    const question = {
      columns: COLUMNS,
      range: since(count),
      condition: `${ACCOUNT} IS NOT NULL AND outcome = 'success' AND ${condition}`,
    };
    for await (const some of days.scan(tenant, { ...question, statement })) yield* some;
  };

  for (const [kind, condition] of [
    ['person', isSignIn],
    ['key', "actorType = 'api_key'"],
  ] as const) {
    const known = new Set<string>();
    const uses = (from: string) =>
      `SELECT ${ACCOUNT} AS account, ip, ${asn} AS asn, min(ns), max(ns), count(*) FROM ${from} ` +
      'GROUP BY account, ip, asn ORDER BY max(ns) DESC';
    for await (const [account, ip, number, first, last, count] of rows(SIGN_IN_DAYS, condition, uses)) {
      const key = String(account);
      if (!known.has(key) && known.size >= maxProfiles) continue;
      known.add(key);
      const profile = batch.account(kind, key) ?? newProfile();
      const network = networkOf(textOf(ip), textOf(number));
      noteUse(profile, msOf(first), network, 0);
      noteUse(profile, msOf(last), network, Number(count));
      batch.put(kind, key, profile);
    }
  }

  const hours = (from: string) =>
    `SELECT ${ACCOUNT} AS account, ns // 86400000000000 AS day, bit_or(1 << ((ns // 3600000000000) % 24)::INTEGER) ` +
    `FROM ${from} GROUP BY account, day`;
  for await (const [account, day, bits] of rows(PROFILE_BOUNDS.hourDays, "actorType = 'user'", hours)) {
    // Who never signed in needs no hours, unless an agent acts for them: then their own actions teach them.
    const profile = batch.account('person', String(account));
    if (profile && noteHours(profile, Number(day), Number(bits))) batch.put('person', String(account), profile);
  }

  const positions = (from: string) =>
    `SELECT ${ACCOUNT} AS account, arg_max(${lat}, ns), arg_max(${lon}, ns), max(ns) FROM ${from} GROUP BY account`;
  for await (const [account, north, east, at] of rows(SIGN_IN_DAYS, `${isSignIn} AND ${lat} IS NOT NULL`, positions)) {
    const profile = batch.account('person', String(account));
    const position = positionOf(textOf(north), textOf(east));
    if (!profile || !position) continue;
    profile.position = { ...position, ms: msOf(at) };
    batch.put('person', String(account), profile);
  }

  const distinctDays = (from: string) => `SELECT DISTINCT ns // 86400000000000 FROM ${from}`;
  for await (const some of days.scan(tenant, { range: since(TENANT_DAYS), columns: ['ns'], statement: distinctDays })) {
    for (const [day] of some) batch.noteDay(Number(day));
  }
}
