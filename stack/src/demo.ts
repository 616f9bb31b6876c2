import { inRoot } from './paths.ts';
import { startStack, type RunningStack } from './stack.ts';
import { untilStopped } from './until-stopped.ts';

/** Something of the demo that runs beside the stack: started in order, stopped in reverse. */
export interface DemoPart {
  /** What a person can open, if anything. */
  url?: string;
  /** One line for people: `The shop, where the entries come from`. */
  title: string;
  stop(): Promise<void>;
}

type StartPart = (stack: RunningStack) => Promise<DemoPart>;

/** The parts of the demo: add a function that starts one. */
const PARTS: StartPart[] = [];

/** Brings up the stack and the demo's parts, prints where they are, and keeps them until told to stop. */
export async function demo(args: string[]): Promise<void> {
  const began = Date.now();
  let crashed: (message: string) => void = () => undefined;
  const crash = new Promise<string>((resolve) => (crashed = resolve));
  const stopped = untilStopped();
  const dataDir = inRoot('.data/demo');
  const stack = await startStack({
    dataDir,
    zipkin: args.includes('--zipkin'),
    onCrash: (message) => crashed(message),
  });
  const running: DemoPart[] = [];
  let message: string | undefined;
  try {
    for (const start of PARTS) running.push(await start(stack));
    console.log(`\nThe demo is up (${((Date.now() - began) / 1000).toFixed(1)} s); its data is in ${dataDir}`);
    for (const { title, url } of running) console.log(`  ${(url ?? '').padEnd(28)} ${title}`);
    console.log('Ctrl-C stops it.');
    message = await Promise.race([crash, stopped.then(() => undefined)]);
  } finally {
    for (const part of running.reverse()) await part.stop();
    await stack.stop();
  }
  if (message) throw new Error(message);
}
