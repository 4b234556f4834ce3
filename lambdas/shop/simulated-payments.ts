/**
 * A payment provider that charges nobody. It keeps books of its own, in transactions of its own, as a provider elsewhere would, and
 * is idempotent by the payment's name as real ones are.
 */
import { CheckoutUnavailableError } from "#platform/errors";
import type { Queries } from "#platform/queries";
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod/mini";
import type { Charge, ChargeOutcome, Payments } from "./payments";

/** What becomes of one request. */
export interface ProviderBehaviour {
  /** @default 0 */
  readonly takesMs?: number;
  /** The card isn't good. @default false */
  readonly declines?: boolean;
  /** What is lost on the way, so that no answer comes. @default - nothing */
  readonly loses?: "request" | "answer";
  /** Has the request twice, at once, and answers both. @default false */
  readonly answersTwice?: boolean;
}

const Booked = z.object({ outcome: z.enum(["paid", "declined"]) });

export class SimulatedPayments implements Payments {
  readonly #books: Queries;
  readonly #behaviourOf: (charge: Charge) => ProviderBehaviour;

  /** @param behaviourOf by default all goes well at once */
  constructor(books: Queries, behaviourOf: (charge: Charge) => ProviderBehaviour = () => ({})) {
    this.#books = books;
    this.#behaviourOf = behaviourOf;
  }

  async charge(charge: Charge, signal: AbortSignal): Promise<ChargeOutcome> {
    const { takesMs = 0, declines = false, loses, answersTwice = false } = this.#behaviourOf(charge);
    await pause(takesMs, undefined, { signal }).catch((cause: unknown) => noAnswer(cause));
    if (loses === "request") return noAnswer();
    const outcome = declines ? "declined" : "paid";
    const requests = Array.from({ length: answersTwice ? 2 : 1 }, () => this.#book(charge, outcome));
    const [answer] = z.tuple([Booked.shape.outcome], Booked.shape.outcome).parse(await Promise.all(requests));
    return loses === "answer" ? noAnswer() : answer;
  }

  /** What is in the books already counts. */
  async #book({ paymentId, cents }: Charge, outcome: ChargeOutcome): Promise<ChargeOutcome> {
    const rows = await this.#books.query(
      Booked,
      `INSERT INTO simulated_charges (payment_id, cents, outcome) VALUES ($1, $2, $3)
       ON CONFLICT (payment_id) DO UPDATE SET requests = simulated_charges.requests + 1 RETURNING outcome`,
      [paymentId, cents, outcome],
    );
    return z.tuple([Booked]).parse(rows)[0].outcome;
  }
}

function noAnswer(cause?: unknown): never {
  throw new CheckoutUnavailableError(cause, "the payment provider gave no answer: send the same request again");
}
