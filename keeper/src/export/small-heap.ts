import { setFlagsFromString } from 'node:v8';

/**
 * For processes that export: keeps the young generation of V8's heap at its current size. Otherwise it grows to 16 MB and
 * more while pages of lines are processed, and keeps up to 100 MB of unused lines. Code instead of a flag of `node`, so
 * that it applies however the command is started.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
