import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { keeperLab } from '../serve/testing/keeper-lab.ts';
import { folderArchive } from './archive-store.ts';
import { archiveLab, DAY_MS, emitter, FIRST_MS } from './testing/archive-lab.ts';

it('archives closed days while the keeper serves', async () => {
  const archived = await archiveLab();
  archived.nowMs = FIRST_MS + 2 * DAY_MS;
  const next = emitter('one');
  await archived.add('audit', [next(FIRST_MS), next(FIRST_MS + 1_000)]);
  await archived.days.close();
  archived.db.close();
  const lab = await keeperLab(archived.keeper);
  try {
    const store = folderArchive(archived.archive);
    const intake = { token: 'intake', port: 0 };
    await lab.restart({ intake, archive: { store, signer: archived.signer, everyMs: 20 } });
    while (!existsSync(archived.path('audit', '2026-10-01', '_entries.1.manifest.json'))) await sleep(20);
    expect(archived.files('audit', '2026-10-01')).toEqual(['_entries.1.manifest.json', 'entries.1.parquet']);
  } finally {
    await lab.close();
  }
  archived.remove();
}, 30_000);
