export { missingInKeeper, sampleOfLoki, type SampleOptions } from './compare-sources.ts';
export { fallbackSource } from './fallback-source.ts';
export { KEEPER_PATHS, type KeeperClient, type KeeperPath } from './keeper-client.ts';
export { keeperSource } from './keeper-source.ts';
export { lokiSource } from './loki-source.ts';
export { responsiveKeeper, type ResponsiveOptions } from './responsive-keeper.ts';
export type { RowsOptions, TrailSource, VolumePart } from './trail-source.ts';
