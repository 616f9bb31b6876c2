import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEntries, readEntries, sharedIds, type LokiClient, type TrailLine } from '@auditrail/core/loki';
import { type TimeRange } from '@auditrail/core/query';
import { verifyTrail } from '@auditrail/core/verify';
import { runExport } from 'auditrail';
import type { Sent, Victim } from './victim.ts';
import type { Attack } from './attacks.ts';

// Small, so that an entry and its copy are on different pages.
const PAGE = 3;

async function collect(pages: AsyncIterable<TrailLine[]>): Promise<TrailLine[]> {
  const lines: TrailLine[] = [];
  for await (const page of pages) lines.push(...page);
  return lines;
}

interface Exported {
  ndjson: string;
  csv: string;
  sharedIds: readonly string[];
}

async function exportAll(loki: LokiClient, tenant: string, range: TimeRange): Promise<Exported> {
  const folder = mkdtempSync(join(tmpdir(), 'auditrail-forge-'));
  try {
    const { files, manifest } = await runExport({ loki, tenant, range, formats: ['ndjson', 'csv'], folder });
    const [ndjson = '', csv = ''] = files.map(({ name }) => readFileSync(join(folder, name), 'utf8'));
    return { ndjson, csv, sharedIds: manifest.sharedIds?.ids ?? [] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The result of an attack. */
export interface Outcome {
  /** Readers that do not show one of the lines. */
  hidden: string[];
  /** Kinds of findings that report the attack. */
  named: string[];
  /** Findings about the victim's stream. */
  blamed: string[];
}

/** Checks a tenant with the readers of the page, an export, the page of one entry, and `verify`. */
export async function check(
  loki: LokiClient,
  tenant: string,
  range: TimeRange,
  { attack, victim, forged }: { attack: Attack; victim: Victim; forged: readonly Sent[] },
): Promise<Outcome> {
  const lines = await collect(readEntries(loki, { range, pageEntries: PAGE }));
  const all = await collect(readEntries(loki, { range, everyLine: true }));
  const exported = await exportAll(loki, tenant, range);
  const { id } = victim.target.entry;
  const found = await collect(findEntries(loki, id, { range }));
  const { findings } = await verifyTrail(all);

  // The collector rewrites entries of Grafana, so only their author is checked.
  const sent = attack.expects === 'author' ? victim.lines : [...victim.lines, ...forged];
  const hidden: string[] = [];
  const expectIn = (reader: string, isThere: boolean) => {
    if (!isThere) hidden.push(reader);
  };
  const isIn = (shown: readonly TrailLine[], { ns, line }: Sent) =>
    shown.some((one) => one.ns === ns && one.line === line);
  expectIn(
    'reader',
    sent.every((one) => isIn(lines, one)),
  );
  expectIn('page', new Set(lines.map(({ key }) => key)).size === lines.length && lines.length >= sent.length);
  expectIn('one entry', isIn(found, victim.target));
  const rows = exported.ndjson.split('\n');
  expectIn('ndjson', sent.every(({ line }) => rows.includes(line)) && rows.length > sent.length);
  expectIn('csv', exported.csv.split(id).length > 1);

  const isOwn = ({ entry }: TrailLine) =>
    entry?.service === 'grafana' && entry.actor.id === 'mallory' && entry.id !== id;
  const named =
    attack.expects === 'author'
      ? lines.filter(isOwn).map(() => 'author')
      : findings.map(({ kind }) => kind).filter((kind) => attack.expects.includes(kind));
  const isMarked = sharedIds(lines).has(id.toLowerCase());
  const isListed = exported.sharedIds.includes(id.toLowerCase());
  if (attack.name.startsWith('copied id')) {
    if (!isMarked) named.length = 0;
    if (!isListed) named.length = 0;
  }
  const blamed = findings.filter(
    ({ stream, kind }) => attack.name.startsWith('blame') && stream === victim.stream && kind,
  );
  return { hidden, named: [...new Set(named)], blamed: blamed.map(({ kind }) => kind) };
}
