import type { DueValue, RefreshLater } from "./due-value";

interface Batch {
  readonly values: DueValue[];
  readonly done: Promise<unknown>;
}

/** Hands on together what falls due in one tick, of all collections. */
export class BatchedHandOns {
  readonly #refreshLater: RefreshLater;
  /** Not handed on yet. */
  #open: Batch | undefined;

  constructor(refreshLater: RefreshLater) {
    this.#refreshLater = refreshLater;
  }

  /** Settles as the one call does that has these among its values. */
  add(values: readonly DueValue[]): Promise<unknown> {
    this.#open ??= this.#begin();
    this.#open.values.push(...values);
    return this.#open.done;
  }

  #begin(): Batch {
    const values: DueValue[] = [];
    const done = new Promise((resolve) => {
      process.nextTick(() => {
        this.#open = undefined;
        resolve((async () => this.#refreshLater(values))());
      });
    });
    return { values, done };
  }
}
