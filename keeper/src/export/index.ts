export type { ExportOptions, ExportProgress, ExportResult } from './export-options.ts';
export type { ExportedFile } from './manifest.ts';
export { linesClient } from './lines-client.ts';
export { manifestSchema, type ExportManifest } from './manifest.ts';
export { runExport } from './run-export.ts';
export { loadSigner, manifestSigner, type ManifestSigner } from './signer.ts';
