import { type Claim, consumeInOrder, type Decision, RedisUnavailableError } from "@larder/toolkit";
import { createHash } from "node:crypto";
import type { Limits } from "./limits";
import { logger } from "./logger";

/** Who tries a password, from where. */
export interface PasswordTry {
  readonly email: string;
  readonly address: string;
}

/** How often somebody may try a password: by e-mail and address, and by e-mail alone. A wrong one counts by its address once more. */
export class PasswordLimits {
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  admit(attempt: PasswordTry): Promise<Decision> {
    return consumeInOrder(this.#claims(attempt));
  }

  wrongPassword({ address }: PasswordTry): Promise<void> {
    return withoutFail(this.#limits.of("sign-in-address").penalize(address));
  }

  /** Whoever knows the password needn't wait because of typing errors. */
  rightPassword(attempt: PasswordTry): Promise<void> {
    const [{ limiter, subject }] = this.#claims(attempt);
    return withoutFail(limiter.reset(subject));
  }

  #claims({ email, address }: PasswordTry): [Claim, Claim] {
    // No e-mail lies in Redis' keys.
    const account = createHash("sha256").update(email).digest("base64url").slice(0, 22);
    return [
      { limiter: this.#limits.of("sign-in"), subject: `${account} ${address}` },
      { limiter: this.#limits.of("sign-in-account"), subject: account },
    ];
  }
}

/** The try itself was counted: what changes afterwards may be lost. */
async function withoutFail(change: Promise<void>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!(error instanceof RedisUnavailableError)) throw error;
    logger.warn(error.message);
  }
}
