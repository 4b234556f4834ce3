import { wrongPasswordCost } from "#contract/limits";
import { type Claim, consumeInOrder, type Decision, RedisUnavailableError } from "@larder/toolkit";
import { createHash } from "node:crypto";
import type { Limits } from "./limits";
import { logger } from "./logger";

/** Who tries to sign in, from where. */
export interface SignInTry {
  readonly email: string;
  readonly address: string;
}

/** How often somebody may try to sign in: by e-mail and address, and by e-mail alone; a wrong password counts more. */
export class SignInLimits {
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  admit(attempt: SignInTry): Promise<Decision> {
    return consumeInOrder(this.#claims(attempt));
  }

  async wrongPassword(attempt: SignInTry): Promise<void> {
    const { address } = attempt;
    const claims = [...this.#claims(attempt), { limiter: this.#limits.of("sign-in-address"), subject: address }];
    await withoutFail(claims.map(({ limiter, subject }) => limiter.penalize(subject, { cost: wrongPasswordCost })));
  }

  /** Whoever knows the password needn't wait because of typing errors. */
  async signedIn(attempt: SignInTry): Promise<void> {
    const [pair] = this.#claims(attempt);
    await withoutFail([pair.limiter.reset(pair.subject)]);
  }

  #claims({ email, address }: SignInTry): [Claim, Claim] {
    // No e-mail lies in Redis' keys.
    const account = createHash("sha256").update(email).digest("base64url").slice(0, 22);
    return [
      { limiter: this.#limits.of("sign-in"), subject: `${account} ${address}` },
      { limiter: this.#limits.of("sign-in-account"), subject: account },
    ];
  }
}

/** The try itself was counted: what is added to that may be lost. */
async function withoutFail(changes: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(changes))
    if (result.status === "rejected")
      if (result.reason instanceof RedisUnavailableError) logger.warn(result.reason.message);
      else throw result.reason;
}
