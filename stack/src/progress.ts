/** Reports progress to a person. */
export interface Progress {
  /** Prints a line. */
  log(line: string): void;
  /** Replaces the status line of a long task. */
  update(line: string): void;
}

const EVERY_MS = 15_000;

/** Reports progress on standard error: a status line on a terminal; a line every 15 seconds in a log. */
export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  let open = false;
  let last = 0;
  return {
    log(line) {
      stream.write(`${open ? '\r\u001b[K' : ''}${line}\n`);
      open = false;
    },
    update(line) {
      if (stream.isTTY) {
        stream.write(`\r\u001b[K${line.slice(0, stream.columns - 1)}`);
        open = true;
      } else if (Date.now() - last >= EVERY_MS) {
        last = Date.now();
        stream.write(`${line}\n`);
      }
    },
  };
}

/** The time since `began` (milliseconds), for people: `4 min 05 s`. */
export function elapsed(began: number, now = Date.now()): string {
  const seconds = Math.round((now - began) / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
