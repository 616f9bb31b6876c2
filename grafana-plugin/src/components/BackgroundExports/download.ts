import { locationUtil } from '@grafana/data';
import { keeper, type BackgroundExport } from '../../data/keeper.ts';

// What is larger is not held by the page: the browser saves it as it comes, and tells by itself where it is refused.
const HELD_BYTES = 200_000_000;

function click(href: string, name: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  link.click();
}

/** Gives one file of an export to the browser. */
export async function download(
  { id, name }: BackgroundExport,
  { format, bytes }: { format: string; bytes: number },
): Promise<void> {
  // The browser makes a name of it that its system takes.
  const zipName = `${name}.${format}.zip`;
  if (bytes > HELD_BYTES) return click(locationUtil.assureBaseUrl(keeper.address(id, format)), zipName);
  const href = URL.createObjectURL(await keeper.download(id, format));
  click(href, zipName);
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
