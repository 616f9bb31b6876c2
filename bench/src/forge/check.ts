import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEntries, readEntries, sharedIds, type LokiClient, type TrailLine } from '@auditrail/core/loki';
import { type TimeRange } from '@auditrail/core/query';
import { verifyTrail } from '@auditrail/core/verify';
import { runExport } from 'auditrail';
import type { Sent, Victim } from './victim.ts';
import type { Way } from './ways.ts';

// Small, so that an entry and its copy come on different pages.
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

/** What became of one way: where a line cannot be seen, and what named it. */
export interface Outcome {
  hidden: string[];
  named: string[];
  /** Findings that blame the victim's stream for what others wrote. */
  blamed: string[];
}

/** Looks at a tenant as the page, an export, one entry's page and `verify` do. */
export async function check(
  loki: LokiClient,
  tenant: string,
  range: TimeRange,
  { way, victim, forged }: { way: Way; victim: Victim; forged: readonly Sent[] },
): Promise<Outcome> {
  const lines = await collect(readEntries(loki, { range, pageEntries: PAGE }));
  const all = await collect(readEntries(loki, { range, everyLine: true }));
  const exported = await exportAll(loki, tenant, range);
  const { id } = victim.target.entry;
  const found = await collect(findEntries(loki, id, { range }));
  const { findings } = await verifyTrail(all);

  // Grafana's entries are rewritten by the collector, so there the author is looked for.
  const sent = way.expects === 'author' ? victim.lines : [...victim.lines, ...forged];
  const hidden: string[] = [];
  const see = (where: string, isThere: boolean) => {
    if (!isThere) hidden.push(where);
  };
  const isIn = (shown: readonly TrailLine[], { ns, line }: Sent) =>
    shown.some((one) => one.ns === ns && one.line === line);
  see(
    'reader',
    sent.every((one) => isIn(lines, one)),
  );
  see('page', new Set(lines.map(({ key }) => key)).size === lines.length && lines.length >= sent.length);
  see('one entry', isIn(found, victim.target));
  const rows = exported.ndjson.split('\n');
  see('ndjson', sent.every(({ line }) => rows.includes(line)) && rows.length > sent.length);
  see('csv', exported.csv.split(id).length > 1);

  const isOwn = ({ entry }: TrailLine) =>
    entry?.service === 'grafana' && entry.actor.id === 'mallory' && entry.id !== id;
  const named =
    way.expects === 'author'
      ? lines.filter(isOwn).map(() => 'author')
      : findings.map(({ kind }) => kind).filter((kind) => way.expects.includes(kind));
  const isMarked = sharedIds(lines).has(id.toLowerCase());
  const isListed = exported.sharedIds.includes(id.toLowerCase());
  if (way.name.startsWith('copied id')) {
    if (!isMarked) named.length = 0;
    if (!isListed) named.length = 0;
  }
  const blamed = findings.filter(
    ({ stream, kind }) => way.name.startsWith('blame') && stream === victim.stream && kind,
  );
  return { hidden, named: [...new Set(named)], blamed: blamed.map(({ kind }) => kind) };
}
