/** Stops what was started, last first, once: on Ctrl-C, or when the start fails. */
export class Shutdown {
  readonly #stops: (() => void | Promise<void>)[] = [];
  readonly #abort = new AbortController();

  constructor() {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void this.#onSignal());
  }

  get begun(): boolean {
    return this.signal.aborted;
  }

  /** Aborts work that has nothing to stop in order. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  add(stop: () => void | Promise<void>): void {
    this.#stops.push(stop);
  }

  async run(): Promise<void> {
    this.#abort.abort();
    for (const stop of this.#stops.reverse()) await stop();
  }

  async #onSignal(): Promise<void> {
    if (this.begun) return;
    try {
      await this.run();
      console.log("everything is stopped; npm start begins where this ended");
      process.exit(0);
    } catch (error) {
      console.error(error);
      process.exit(1);
    }
  }
}
