import { locationUtil } from '@grafana/data';
import { keeper, type BackgroundExport } from '../../data/keeper.ts';

// The page does not hold larger files. The browser saves them while they arrive, and reports errors itself.
const HELD_BYTES = 200_000_000;

function click(href: string, name: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  link.click();
}

/** Downloads one file of an export. */
export async function download(
  { id, name }: BackgroundExport,
  { format, bytes }: { format: string; bytes: number },
): Promise<void> {
  // The browser replaces characters that the system does not allow.
  const zipName = `${name}.${format}.zip`;
  if (bytes > HELD_BYTES) return click(locationUtil.assureBaseUrl(keeper.address(id, format)), zipName);
  const href = URL.createObjectURL(await keeper.download(id, format));
  click(href, zipName);
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
