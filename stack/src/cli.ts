import { parseArgs } from 'node:util';
import { ensureBinaries } from './install/binaries.ts';
import { up } from './services/up.ts';

const USAGE = `Usage: npm run stack -- <command>

  up [--data FOLDER] [--tenant NAME] [--zipkin] [--json]
                                          start Loki, the collector and the gateway until Ctrl-C
  build                                   build Loki and the collector only
  env                                     write .env for Docker Compose, with random secrets
  demo [--attack KIND] [--fresh] [--zipkin]
                                          same as npm run demo
  test [--only SUITE]                     same as npm test
  bench [NAME]                            same as npm run bench`;

async function main(command: string | undefined, args: string[]): Promise<void> {
  switch (command) {
    case 'up': {
      const options = {
        data: { type: 'string' },
        tenant: { type: 'string' },
        zipkin: { type: 'boolean' },
        json: { type: 'boolean' },
      } as const;
      return up(parseArgs({ args, options }).values);
    }
    case 'build':
      console.log(await ensureBinaries());
      return;
    case 'env':
      return (await import('./install/env-file.ts')).writeEnvFile();
    case 'demo':
      return (await import('./demo/demo.ts')).demo(args);
    case 'test':
      return (await import('./check/test.ts')).test(args);
    case 'bench':
      return (await import('../../bench/src/index.ts')).bench(args);
    default:
      console.error(USAGE);
      process.exitCode = 2;
  }
}

try {
  await main(process.argv[2], process.argv.slice(3));
} catch (error) {
  console.error(process.env['DEBUG'] || !(error instanceof Error) ? error : `\n${error.message}`);
  process.exitCode = 1;
}
