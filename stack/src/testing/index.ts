export { otlpLogs, postLogs, readTrail, sendEntries, testEntry, waitForTrail } from './otlp.ts';
