import { type ApiLimit, apiLimits } from "#contract/limits";
import {
  type Claim,
  consumeInOrder,
  type Decision,
  type LimiterEvent,
  RateLimiter,
  type RedisClient,
} from "@larder/toolkit";
import type { Access } from "./identity";

/** Among so many environments a limit is divided while Redis is gone, each giving out its share. */
export const assumedEnvironments = 10;

/** Nobody signs in uncounted, and a password's hash takes about as long. */
const signInDeadlineMs = 500;

export interface LimitsOptions {
  /** The one of state. */
  readonly redis: RedisClient;
  readonly onEvent?: (event: LimiterEvent) => void;
}

/** The API's limits: of each request by address and user, and what an endpoint counts beside that. */
export class Limits {
  readonly #limiters: Readonly<Record<ApiLimit, RateLimiter>>;

  constructor({ redis, ...options }: LimitsOptions) {
    const limiterOf = (name: ApiLimit, deadlineMs?: number) =>
      new RateLimiter({
        redis,
        name,
        policies: apiLimits[name],
        processes: assumedEnvironments,
        ...(deadlineMs !== undefined && { deadlineMs }),
        ...options,
      });
    this.#limiters = {
      address: limiterOf("address"),
      user: limiterOf("user"),
      "sign-in-address": limiterOf("sign-in-address", signInDeadlineMs),
      "sign-in": limiterOf("sign-in", signInDeadlineMs),
      "sign-in-account": limiterOf("sign-in-account", signInDeadlineMs),
    };
  }

  of(limit: ApiLimit): RateLimiter {
    return this.#limiters[limit];
  }

  /**
   * Counts a request: by its address, by what its route names, and by who is signed in. One that is refused counts by its
   * address alone: who tries many tokens is soon not listened to.
   */
  admit({ route, identity, refusal }: Access, address: string): Promise<Decision> {
    const claims: Claim[] = [{ limiter: this.of("address"), subject: address }];
    if (refusal === undefined && route?.limit !== undefined)
      claims.push({ limiter: this.of(route.limit), subject: address });
    if (identity !== undefined) claims.push({ limiter: this.of("user"), subject: identity.userId });
    return consumeInOrder(claims);
  }
}
