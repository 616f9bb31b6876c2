export { memoryAudit, type MemoryAudit } from './memory-audit.ts';
