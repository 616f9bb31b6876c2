/**
 * Resolves when the user ends the program: Ctrl-C, SIGTERM or SIGHUP (again and again, without killing what is stopping),
 * or, where another program drives this one, the end of standard input.
 */
export function untilStopped({ stdin = false } = {}): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
    if (stdin) process.stdin.on('end', () => resolve('end of input')).resume();
  });
}
