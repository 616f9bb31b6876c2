export { distinctLines, newestFirst, sharedIds, toTrailLine, type TrailLine } from './entry-identity.ts';
export { findEntries, type FindOptions } from './find-entry.ts';
export {
  httpLokiClient,
  LOKI_PATHS,
  type HttpGet,
  type HttpLokiClientOptions,
  type LokiClient,
  type LokiPath,
} from './client.ts';
export { LokiLines, parseLines, type LokiLine } from './answer.ts';
export { parseDurationMs } from './duration.ts';
export { lokiLimits, type LokiLimits } from './limits.ts';
export { countEntries, readEntries, readFieldValues, type FieldValue, type ReadOptions } from './read-entries.ts';
export { isTooMuchForLoki } from './too-much.ts';
export { readTimeSums } from './time-sums.ts';
export { storedTime } from './stored-time.ts';
export { barEdges, planStep, readVolume, type VolumeBar, type VolumeOptions } from './volume.ts';
export { readValueGroups, type ValueGroup } from './value-groups.ts';
export { valuesSoFar, type ValuesOptions, type ValuesSoFar } from './values-so-far.ts';
