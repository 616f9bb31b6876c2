import { join } from 'node:path';
import type { OperatorLog } from '../log.ts';
import type { Backlog } from './backlog.ts';
import { SpoolCursor } from './cursor.ts';
import { CURSOR_FILE, SENT_FILE } from './segments.ts';
import type { SpoolPosition } from './spool.ts';

/** Saves how far a spool is committed and sent, one save after the other. */
export class SavedPositions {
  readonly #folder: string;
  readonly #log: OperatorLog;
  readonly #backlog: Backlog;
  readonly #cursorFile: SpoolCursor;
  readonly #sentFile: SpoolCursor;
  #saving: Promise<void> = Promise.resolve();
  #failing = false;

  constructor(folder: string, backlog: Backlog, log: OperatorLog) {
    this.#folder = folder;
    this.#backlog = backlog;
    this.#log = log;
    this.#cursorFile = new SpoolCursor(join(folder, CURSOR_FILE));
    this.#sentFile = new SpoolCursor(join(folder, SENT_FILE));
  }

  /** When the sent position was saved last, in milliseconds since 1970; now if it never was. */
  sentSavedMs(): number {
    return Math.min(this.#sentFile.savedMs() ?? Date.now(), Date.now());
  }

  saveCursor(): Promise<void> {
    return this.#save(this.#cursorFile, () => this.#backlog.cursor);
  }

  saveSent(): Promise<void> {
    return this.#save(this.#sentFile, () => this.#backlog.sent);
  }

  #save(file: SpoolCursor, position: () => SpoolPosition): Promise<void> {
    // One after the other: `append` saves too, when it makes room.
    this.#saving = this.#saving.then(async () => {
      try {
        await file.save(position());
        this.#failing = false;
      } catch (error) {
        // Delivered entries stay delivered; after a restart they are sent once more.
        if (!this.#failing)
          this.#log.warn(`${this.#folder}: the position of delivery cannot be saved: ${String(error)}`);
        this.#failing = true;
      }
    });
    return this.#saving;
  }

  async close(): Promise<void> {
    await this.#cursorFile.close();
    await this.#sentFile.close();
  }
}
