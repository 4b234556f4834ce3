import { checkName } from "../redis/keys";
import { hashOf } from "./change";

/** A read or a load of a value that is under way. It is revoked when something is changed that it may have seen before the change. */
export class Flight {
  readonly id: string;
  revoked = false;
  #hash: number | undefined;

  /** Throws for an id that Redis couldn't be asked for, whether it is there or not. */
  constructor(id: string) {
    checkName(id);
    this.id = id;
  }

  /** Of the id, as the log names it. */
  get hash(): number {
    return (this.#hash ??= hashOf(this.id));
  }
}
