import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAuditLogger } from '@auditrail/sdk';
import { startStack } from '@auditrail/stack';
import { readTrail } from '@auditrail/stack/testing';

const mountable = process.platform === 'linux' && process.getuid?.() === 0;
if (!mountable) test.skip("Loki's disk is full: needs Linux and root, to mount a disk of its own", () => undefined);

/** Leaves less than a page free. */
function fill(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(join(folder, 'filler'), Buffer.alloc(bavail * bsize));
}

(mountable ? test : test.skip)(
  "Loki's disk was full, so that it writes no log of what it takes; a kill -9 later all of it is sent again",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loki-disk-full-'));
    const disk = join(folder, 'loki');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk]);
    const stack = await startStack({ dataDir: folder });
    const messages: string[] = [];
    const hear = (text: string) => void messages.push(text);
    const audit = createAuditLogger({
      service: 'disk-full',
      tenant: 'disk-full',
      spool: join(folder, 'spool'),
      endpoint: stack.urls.collector,
      token: stack.tokensFor('disk-full').write,
      readBack: { afterMs: 400, keepMs: 6_000 },
      log: { warn: hear, error: hear },
    });
    const record = async (count: number) => {
      const entry = { action: 'order.placed', description: 'An order', actor: { type: 'user', id: '7' } } as const;
      await Promise.all(Array.from({ length: count }, () => audit.record(entry)));
      await audit.flush();
      while (audit.unseen > 0) await sleep(50);
    };
    const count = async () => (await readTrail(stack, 'disk-full')).length;
    try {
      await record(100);
      fill(disk);
      await record(100);
      rmSync(join(disk, 'filler'));
      await record(300);
      const before = await count();
      await stack.loki.kill();
      await stack.loki.start();
      expect(await count()).toBeLessThan(before);
      while (!messages.some((message) => message.startsWith('NOT_STORED'))) await sleep(100);
      while ((await count()) < before) await sleep(200);
    } finally {
      await audit.shutdown();
      await stack.stop();
      execFileSync('umount', ['-l', disk]);
      rmSync(folder, { recursive: true, force: true });
    }
  },
  60_000,
);
