const tasks = new Set<() => void>();

function runAll(): void {
  for (const task of tasks) task();
}

/**
 * Runs a synchronous task when the process (or the worker thread) ends by itself, by `process.exit()` or by an uncaught
 * error; not when it is killed. All tasks share one listener.
 *
 * @returns a function that cancels it
 */
export function atExit(task: () => void): () => void {
  if (tasks.size === 0) process.on('exit', runAll);
  tasks.add(task);
  return () => {
    tasks.delete(task);
    if (tasks.size === 0) process.off('exit', runAll);
  };
}
