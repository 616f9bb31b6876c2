export { ensureBinaries, type Binaries } from './binaries.ts';
export { ensureDebianPackage, findProgram, installDebianPackage, mayInstall } from './debian.ts';
export type { Part } from './part.ts';
export { LOKI_CONFIG, type Tokens } from './parts.ts';
export { cacheFolder, inRoot, ROOT } from './paths.ts';
export { terminalProgress, type Progress } from './progress.ts';
export { pythonWith } from './python.ts';
export { startStack, type RunningStack, type StackOptions, type StackUrls } from './stack.ts';
export { testStack, uniqueTenant, type TestStack } from './test-stack.ts';
