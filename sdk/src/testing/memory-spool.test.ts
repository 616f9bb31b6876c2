import { MemorySpool } from './memory-spool.ts';
import { describeSpool } from './spool-conformance.ts';

describeSpool('MemorySpool', (options) => new MemorySpool(options));
