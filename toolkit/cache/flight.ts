import { hashOf } from "./change";

/** A read or a load of a value that is under way. It is revoked when something is changed that it may have seen before the change. */
export class Flight {
  readonly id: string;
  revoked = false;
  #hash: number | undefined;

  constructor(id: string) {
    this.id = id;
  }

  /** Of the id, as the log names it. */
  get hash(): number {
    return (this.#hash ??= hashOf(this.id));
  }
}
