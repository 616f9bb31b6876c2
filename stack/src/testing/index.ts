export { startFaultyProxy, type Fault, type FaultyProxy, type ChooseFault } from './faulty-proxy.ts';
export { startStackWithProxy } from './stack-with-proxy.ts';
export { otlpLogs, postLogs, readTrail, sendEntries, testEntry, waitForTrail } from './otlp.ts';
export { startFakeKeeper, type FakeKeeper, type Refusal } from './fake-keeper.ts';
