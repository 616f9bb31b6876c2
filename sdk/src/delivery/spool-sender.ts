import type { AuditMetrics } from '../metrics.ts';
import type { FileSpool } from '../spool/file-spool.ts';
import { fileDeadLetters } from './dead-letter-file.ts';
import { ReadBack, type ReadBackOptions } from './read-back.ts';
import { Sender, type SenderOptions } from './sender.ts';

export interface SpoolSenderOptions extends Omit<SenderOptions, 'spool' | 'deadLetters' | 'settled' | 'readBack'> {
  metrics: AuditMetrics;
  readBack: ReadBackOptions | undefined;
}

/** The sender of a sub-spool. */
export function spoolSender(
  spool: FileSpool,
  { readBack, ...options }: SpoolSenderOptions,
  settled?: SenderOptions['settled'],
): Sender {
  // Kept by a process that read back: nobody asks for it any more.
  if (!readBack) void spool.forgetKept();
  return new Sender({
    ...options,
    spool,
    deadLetters: fileDeadLetters(spool.folder),
    settled,
    readBack: readBack && ((wake) => new ReadBack(spool, readBack, wake)),
  });
}
