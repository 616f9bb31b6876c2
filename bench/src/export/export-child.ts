import { exportCommand } from '../../../keeper/src/export/command.ts';
import { type ExportCommandOptions } from '../../../keeper/src/export/command-request.ts';
import { childInput } from '../child.ts';

/** The result of a run of the command. */
export interface ExportRun {
  code: number;
  ms: number;
  /** Maximum resident memory in bytes. */
  peakRss: number;
}

const began = performance.now();
const code = await exportCommand(childInput<ExportCommandOptions>());
const ms = performance.now() - began;
const result: ExportRun = { code, ms, peakRss: process.resourceUsage().maxRSS * 1024 };
console.log(JSON.stringify(result));
