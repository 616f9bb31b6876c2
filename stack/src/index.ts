export {
  ensureBinaries,
  ensureGoProgram,
  ensureLogcli,
  ensureVersitygw,
  ensureVictoriaLogs,
  type Binaries,
} from './install/binaries.ts';
export { ensureDebianPackage, findProgram, installDebianPackage, mayInstall } from './install/debian.ts';
export type { Part } from './services/part.ts';
export { LOKI_CONFIG, type InternalTokens, type KeeperIntake, type Tokens } from './services/parts.ts';
export { cacheFolder, inRoot, ROOT } from './paths.ts';
export { terminalProgress, type Progress } from './progress.ts';
export { freePort } from './services/ports.ts';
export { npmProject } from './install/npm.ts';
export { pythonWith } from './install/python.ts';
export {
  startStack,
  type BehindGateway,
  type RunningStack,
  type StackOptions,
  type StackUrls,
} from './services/stack.ts';
export { testStack, uniqueTenant, type TestStack } from './testing/test-stack.ts';
