import { setFlagsFromString } from 'node:v8';

/**
 * For processes that export: keeps the young generation of V8's heap as small as it is when this is called. Left to itself it
 * grows to 16 MB and more while pages of lines pass through, and holds up to 100 MB of them that nobody needs any more. As
 * code and not as a flag of `node`, for it to hold however the command is started.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
