#!/usr/bin/env node
// Plain JavaScript, and in the repository before anything is built: npm links it at install, and an old Node can still
// run it to report what is missing, instead of failing somewhere in a dependency.
import { existsSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const command = new URL('../dist/cli.js', import.meta.url);
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(`auditrail: Node 22.15 or newer is needed, but this is ${process.version}`);
  process.exitCode = 2;
} else if (!existsSync(command)) {
  console.error('auditrail: the command is not built yet: npm run build -w core -w sdk -w keeper');
  process.exitCode = 2;
} else {
  await import(command.href);
}
