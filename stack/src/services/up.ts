import { startStack } from './stack.ts';
import { untilStopped } from './until-stopped.ts';

export interface UpOptions {
  /** The folder for data, which is kept. Default: a temporary folder. */
  data?: string | undefined;
  zipkin?: boolean | undefined;
  /** The tenant whose tokens are printed. */
  tenant?: string | undefined;
  /** For programs: print addresses and tokens as one line of JSON, and stop at the end of standard input. */
  json?: boolean | undefined;
}

/** Starts the stack and runs it until it is stopped. If a part crashes, stops the others; the exit code is 1. */
export async function up({ data, zipkin = false, tenant = 'audit', json = false }: UpOptions): Promise<void> {
  const began = Date.now();
  const { promise: crash, resolve: crashed } = Promise.withResolvers<string>();
  // Before the start, so that a signal during the start leaves no parts running.
  const stopped = untilStopped({ stdin: json });
  const stack = await startStack({ zipkin, onCrash: (message) => crashed(message), ...(data && { dataDir: data }) });
  const tokens = stack.tokensFor(tenant);
  if (json) {
    const { urls, tokensFile, behind, dataDir } = stack;
    console.log(JSON.stringify({ urls, tenant, tokens, tokensFile, behind, dataDir }));
  } else {
    console.log(`The stack is running (${((Date.now() - began) / 1000).toFixed(1)} s). Data folder: ${stack.dataDir}`);
    for (const [name, url] of Object.entries(stack.urls)) console.log(`  ${name.padEnd(17)} ${url}`);
    console.log(`Tokens of tenant ${tenant} (for other tenants: auditrail token create --file ${stack.tokensFile}):`);
    for (const [name, token] of Object.entries(tokens)) console.log(`  ${name.padEnd(17)} ${token}`);
    console.log('Press Ctrl-C to stop.');
  }
  const message = await Promise.race([crash, stopped.then(() => undefined)]);
  await stack.stop();
  // An open standard input would keep this process running.
  if (json) process.stdin.destroy();
  if (message) throw new Error(message);
}
