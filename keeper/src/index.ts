export { doctor, type DoctorOptions } from './doctor/index.ts';
export {
  loadSigner,
  manifestSchema,
  manifestSigner,
  runExport,
  type ExportedFile,
  type ExportManifest,
  type ExportOptions,
  type ExportProgress,
  type ExportResult,
  type ManifestSigner,
} from './export/index.ts';
export { checkGateway, type GatewayOptions } from './doctor/gateway.ts';
export { Pipeline, type PipelineFinding, type PipelineOptions } from './pipeline/index.ts';
export { checkLokiConfig, type LokiConfigOptions } from './doctor/loki-config.ts';
export { checkRetention, MIN_RETENTION_DAYS, type Finding, type RetentionLimits } from './doctor/retention.ts';
export { formatReport, verify, type VerifyCommandOptions } from './verify/index.ts';
export { UsageError } from './terminal/usage-error.ts';
export { type VerifySourceOptions } from './verify/source.ts';
export { exportEngine, type ExportEngineOptions } from './serve/engine.ts';
export { serve, type RunningKeeper, type ServeOptions } from './serve/serve.ts';
export {
  GATEWAY_ROLES,
  GatewayTokenFile,
  GatewayTokenSet,
  newGatewayToken,
  parseGatewayToken,
  tokenLine,
  type GatewayGrant,
  type GatewayKey,
  type GatewayRole,
  type GatewayTokenRecord,
  type TenantTokens,
} from './gateway-tokens/index.ts';
