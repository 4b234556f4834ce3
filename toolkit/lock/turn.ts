import type { Listener, Subscriber } from "../redis/subscriber";

export interface TurnOptions {
  readonly subscriber: Subscriber;
  /** Where the lock's news are. */
  readonly news: string;
  readonly holder: string;
}

/** This process' milliseconds may be over before Redis' are. */
const afterwardsMs = 1;

/**
 * Tells one who waits when to ask for the lock again: when the news are listened to, since some may have been missed before;
 * when it is offered to them; when the lease or the offer of another ends; and when the client was disconnected.
 *
 * News say `<ms until the lease or the offer ends> <to whom it is offered>`. None need arrive: then a timer is what is left.
 */
export class Turn {
  readonly #options: TurnOptions;
  readonly #listener: Listener;
  #isTime = false;
  #wake: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** By news that came after the last question was sent. */
  #askAtMs = Number.POSITIVE_INFINITY;

  constructor(options: TurnOptions) {
    this.#options = options;
    const come = () => this.#come();
    this.#listener = { onMessage: (message) => this.#hear(message), onListening: come, onEnd: come };
    options.subscriber.listen(options.news, this.#listener);
  }

  /** Before a question is sent: its answer knows all that was heard until then. */
  forget(): void {
    this.#isTime = false;
    this.#askAtMs = Number.POSITIVE_INFINITY;
  }

  /**
   * Resolves when it is time to ask again.
   *
   * @param leftMs until the lease or the offer ends, by the last answer
   * @param mostMs how long the caller waits at most
   */
  async next(leftMs: number, mostMs: number): Promise<void> {
    if (this.#isTime) return;
    const nowMs = performance.now();
    const latest = setTimeout(() => this.#come(), Math.max(mostMs, 0)).unref();
    this.#arm(Math.min(leftMs, this.#askAtMs - nowMs));
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
    clearTimeout(latest);
    clearTimeout(this.#timer);
  }

  end(): void {
    this.#options.subscriber.ignore(this.#options.news, this.#listener);
  }

  #hear(message: string): void {
    const [ms, offeredTo] = message.split(" ");
    if (offeredTo === this.#options.holder) this.#come();
    else if (this.#wake === undefined) this.#askAtMs = performance.now() + Number(ms);
    else this.#arm(Number(ms));
  }

  #come(): void {
    this.#isTime = true;
    this.#wake?.();
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#come(), Math.max(ms, 0) + afterwardsMs).unref();
  }
}
