/** One transaction: its audited statements run one after the other, and it is not committed if one is half done. */
export class AuditedTransaction {
  #last: Promise<unknown> = Promise.resolve();
  #failure: { error: unknown } | undefined;

  /**
   * @param work calls `started` before the first statement that may write; if it fails after that, the transaction is rolled
   *   back, even if the application catches the error
   */
  run<T>(work: (started: () => void) => Promise<T>): Promise<T> {
    let started = false;
    const result = this.#last.then(() => work(() => (started = true)));
    this.#last = result.catch((error: unknown) => {
      if (started) this.#failure ??= { error };
    });
    return result;
  }

  /** Waits for statements that the application did not await. @throws the error of one that is half done */
  async finish(): Promise<void> {
    for (let last; last !== this.#last;) {
      last = this.#last;
      await last;
    }
    if (this.#failure) throw this.#failure.error;
  }
}
