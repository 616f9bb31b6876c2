/**
 * Resolves when the user ends the program: Ctrl-C, SIGTERM or SIGHUP. Further signals are ignored, so that parts can stop in
 * order. With `stdin`, also resolves at the end of standard input, for programs that start this one.
 */
export function untilStopped({ stdin = false } = {}): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
    if (stdin) process.stdin.on('end', () => resolve('end of input')).resume();
  });
}
