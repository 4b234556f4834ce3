import type { Guard } from "../redis/guard";
import { untilAnswered } from "../redis/until-answered";
import { type Usage, use, type Use, type UseKind } from "./usage";

interface Batch extends UseKind {
  readonly uses: Use[];
  /** In the order of the uses. */
  readonly answers: Promise<readonly Usage[]>;
}

/** So many subjects hold up the other clients of a Redis by some 0.2 ms. */
const mostTogether = 32;

export interface BatchedUsesOptions {
  readonly guard: Guard;
  readonly deadlineMs: number;
  /** '' for Redis' own time. */
  readonly nowUs: () => string;
}

/** Asks for the subjects of one tick together: by one script on a single primary, each by itself in a cluster. */
export class BatchedUses {
  readonly #options: BatchedUsesOptions;
  readonly #mostTogether: number;
  /** Not sent yet, and not full. */
  #open: Batch | undefined;

  constructor(options: BatchedUsesOptions) {
    this.#options = options;
    this.#mostTogether = "slots" in options.guard.client ? 1 : mostTogether;
  }

  /** @throws RedisUnavailableError when no answer came within the deadline */
  async use({ kind, policies }: UseKind, one: Use): Promise<Usage> {
    if (this.#open?.kind !== kind || this.#open.policies !== policies) this.#open = this.#begin({ kind, policies });
    const { uses, answers } = this.#open;
    const at = uses.push(one) - 1;
    if (uses.length === this.#mostTogether) this.#open = undefined;
    const answer = (await answers)[at];
    if (answer === undefined) throw new TypeError("redis answered for fewer subjects than it was asked for");
    return answer;
  }

  #begin(kind: UseKind): Batch {
    const uses: Use[] = [];
    const answers = new Promise<readonly Usage[]>((resolve) =>
      process.nextTick(() => {
        if (this.#open === batch) this.#open = undefined;
        resolve(this.#send(kind, uses));
      }),
    );
    const batch: Batch = { ...kind, uses, answers };
    return batch;
  }

  /** What was lost with its connection is sent again: the script does nothing the second time. */
  #send(kind: UseKind, uses: readonly Use[]): Promise<readonly Usage[]> {
    const { guard, deadlineMs, nowUs } = this.#options;
    const now = nowUs();
    return untilAnswered(deadlineMs, (leftMs) =>
      guard.run(kind.kind, leftMs, (client) => use(client, now, kind, uses), uses[0]?.slot.usage),
    );
  }
}
