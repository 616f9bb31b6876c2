import { startStack } from './stack.ts';
import { untilStopped } from './until-stopped.ts';

export interface UpOptions {
  /** Folder of the data, kept; a temporary one by default. */
  data?: string | undefined;
  zipkin?: boolean | undefined;
  /** The tenant whose tokens are printed. */
  tenant?: string | undefined;
  /** Print addresses and tokens as one line of JSON, and stop when standard input ends: for programs. */
  json?: boolean | undefined;
}

/** Starts the stack and keeps it until told to stop. A part that crashes ends it, with exit code 1. */
export async function up({ data, zipkin = false, tenant = 'audit', json = false }: UpOptions): Promise<void> {
  const began = Date.now();
  let crashed: (message: string) => void = () => undefined;
  const crash = new Promise<string>((resolve) => (crashed = resolve));
  // Listening from the beginning: a signal while the parts start must not leave them behind.
  const stopped = untilStopped({ stdin: json });
  const stack = await startStack({ zipkin, onCrash: (message) => crashed(message), ...(data && { dataDir: data }) });
  const tokens = stack.tokensFor(tenant);
  if (json) {
    const { urls, tokensFile, behind, dataDir } = stack;
    console.log(JSON.stringify({ urls, tenant, tokens, tokensFile, behind, dataDir }));
  } else {
    console.log(`The stack is up (${((Date.now() - began) / 1000).toFixed(1)} s). Data: ${stack.dataDir}`);
    for (const [name, url] of Object.entries(stack.urls)) console.log(`  ${name.padEnd(17)} ${url}`);
    console.log(`Tokens of the tenant ${tenant}; for others: auditrail token create --file ${stack.tokensFile}`);
    for (const [name, token] of Object.entries(tokens)) console.log(`  ${name.padEnd(17)} ${token}`);
    console.log('Ctrl-C stops it.');
  }
  const message = await Promise.race([crash, stopped.then(() => undefined)]);
  await stack.stop();
  // An input that is still open would keep this process alive.
  if (json) process.stdin.destroy();
  if (message) throw new Error(message);
}
