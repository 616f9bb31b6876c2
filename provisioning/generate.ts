import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { GENERATED_FILES } from './generated-files.ts';

for (const [path, text] of Object.entries(GENERATED_FILES)) {
  const filepath = join(import.meta.dirname, path);
  await mkdir(dirname(filepath), { recursive: true });
  // There is no formatter for Go's templates.
  const isTemplate = path.endsWith('.tmpl');
  const formatted = isTemplate ? text : await format(text, { ...(await resolveConfig(filepath)), filepath });
  await writeFile(filepath, formatted);
  console.log(`wrote provisioning/${path}`);
}
