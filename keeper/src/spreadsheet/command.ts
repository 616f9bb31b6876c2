import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { columnsProblem } from '../export/check-options.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { inputLines } from '../verify/input-lines.ts';

interface SpreadsheetOptions {
  columns?: string[];
  force?: boolean;
}

async function spreadsheet(input: string, output: string, { columns, force }: SpreadsheetOptions): Promise<void> {
  const problem = columnsProblem(columns);
  if (problem !== undefined) throw new UsageError(problem);
  if (!output.endsWith('.xlsx')) throw new UsageError(`${output} does not end in .xlsx`);
  if (!force && existsSync(output)) throw new UsageError(`${output} exists: give --force to overwrite it`);
  // Loaded on use, so that other commands start faster.
  const { writeWorkbook } = await import('./write-workbook.ts');
  const rows = await writeWorkbook(
    inputLines(input, () => undefined),
    output,
    columns,
  );
  console.log(`${output}  ${rows} entries`);
}

/** Adds `auditrail spreadsheet`. */
export function addSpreadsheetCommand(program: Command): void {
  program
    .command('spreadsheet')
    .description('convert exported entries to a workbook (.xlsx) that keeps every id and number unchanged')
    .argument('<input>', 'NDJSON of an export, or any other input of auditrail verify; - for standard input')
    .argument('<output>', 'the .xlsx file')
    .option('--columns <names>', 'columns besides those in every file, separated by commas (default: all)', (text) =>
      text.split(',').filter(Boolean),
    )
    .option('--force', 'overwrite an existing file')
    .addHelpText('after', '\nExit code: 0 written, 1 not written because of an error, 2 wrong use.')
    .action(async (input: string, output: string, options: SpreadsheetOptions) => {
      try {
        await spreadsheet(input, output, options);
      } catch (error) {
        console.error(`auditrail: ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = error instanceof UsageError ? 2 : 1;
      }
    });
}
