import { systemClock } from "../clock/moment";
import type { RedisClient } from "../redis/connect";
import { type Guard, guardOf } from "../redis/guard";
import { type LimiterSlot, limiterSlot } from "../redis/keys";
import { newRequestId } from "../redis/request-id";
import { runScript } from "../redis/scripts";
import { RedisUnavailableError } from "../redis/unavailable";
import { untilAnswered } from "../redis/until-answered";
import { checkWholeNumber } from "../whole-number";
import { type Charge, decide, type Decision } from "./decision";
import { Denials } from "./denials";
import type { LimiterEvent, RateLimiterOptions, UseOptions } from "./limiter-options";
import { LocalShare } from "./local-share";
import { checkPolicies, type EffectivePolicy, mostAtOnce, planned, type PlannedLimits } from "./policy";
import { refund, type Usage, use, type Use } from "./usage";
import { blockScript } from "./usage-script";

interface Asked {
  readonly cost: number;
  readonly limits: PlannedLimits | undefined;
}

/** The id of a charge's refund: the same each time, and no charge's. */
function refundId(chargeId: string): string {
  return `${chargeId.slice(1)}-`; // base64 has no dash
}

/** How often subjects (users, addresses) may do something: one or several policies, decided together in one round trip. */
export class RateLimiter {
  readonly name: string;
  readonly #guard: Guard;
  readonly #policies: readonly EffectivePolicy[];
  readonly #deadlineMs: number;
  readonly #denials: Denials;
  readonly #localShare: LocalShare;
  readonly #onEvent: (event: LimiterEvent) => void;
  readonly #redisTimeUs: (() => number) | undefined;

  /** @throws RangeError for a policy that can't be, which it shows */
  constructor({
    redis,
    name,
    policies,
    deadlineMs = 45,
    processes = 1,
    onEvent,
    clock,
    redisTimeUs,
  }: RateLimiterOptions) {
    checkWholeNumber(`deadlineMs of limiter ${name}`, deadlineMs, 1);
    checkWholeNumber(`processes of limiter ${name}`, processes, 1);
    this.name = name;
    this.#guard = guardOf(redis);
    this.#policies = checkPolicies(name, policies);
    this.#deadlineMs = deadlineMs;
    this.#denials = new Denials(clock ?? systemClock);
    this.#localShare = new LocalShare(processes, clock ?? systemClock);
    this.#onEvent = onEvent ?? (() => undefined);
    this.#redisTimeUs = redisTimeUs;
  }

  /**
   * Uses `cost` of each policy if all of them allow it; a denial charges nothing. One that was denied less than a second ago
   * is answered from this process' memory. Without Redis each policy does what its `withoutRedis` says (`degraded`).
   *
   * @throws RangeError for a cost that could never be allowed
   */
  consume(subject: string, { cost = 1, limits }: UseOptions = {}): Promise<Decision> {
    const costAndPlan = limits === undefined ? String(cost) : `${cost} ${JSON.stringify(limits)}`;
    const denied = this.#denials.find(subject, costAndPlan);
    return denied === undefined
      ? this.#consume(subject, costAndPlan, { cost, limits })
      : Promise.resolve(this.#told(denied));
  }

  /** What `consume` would answer now; charges nothing. */
  async peek(subject: string, { cost = 1, limits }: UseOptions = {}): Promise<Decision> {
    const request = this.#request("peek", cost, limits);
    try {
      return decide({ ...(await this.#use(subject, request)), charge: undefined });
    } catch {
      return this.#withoutRedis(subject, request);
    }
  }

  /** Gives back what of a charge still counts. Once only, however often it is called. @throws RedisUnavailableError */
  async refund(subject: string, charge: Charge): Promise<void> {
    const id = refundId(charge.id);
    await this.#run("refund", subject, (client, slot, nowUs) => refund(client, slot, nowUs, { ...charge, id }));
    this.#denials.forget(subject);
  }

  /** Charges also what the policies wouldn't allow. @throws RedisUnavailableError, RangeError */
  async penalize(subject: string, { cost = 1, limits }: UseOptions = {}): Promise<void> {
    await this.#use(subject, this.#request("penalize", cost, limits));
  }

  /** Denies everything for a time. @throws RedisUnavailableError */
  async block(subject: string, forMs: number): Promise<void> {
    await this.#run("block", subject, (client, slot, nowUs) =>
      runScript(client, blockScript, slot, nowUs, newRequestId(), Math.ceil(forMs * 1_000)),
    );
  }

  /** Forgets what a subject has used, and that it is blocked. @throws RedisUnavailableError */
  async reset(subject: string): Promise<void> {
    await this.#run("reset", subject, (client, { usage }) => client.unlink(usage));
    this.#denials.forget(subject);
  }

  async #consume(subject: string, costAndPlan: string, { cost, limits }: Asked): Promise<Decision> {
    const request = this.#request("consume", cost, limits);
    let decision: Decision;
    try {
      const usage = await this.#use(subject, request);
      const { id, policies } = request;
      decision = decide({ ...usage, charge: { id, cost, policies, marks: usage.marks } });
    } catch {
      return this.#told(this.#withoutRedis(subject, request));
    }
    if (!decision.allowed) this.#denials.add(subject, costAndPlan, decision);
    return this.#told(decision);
  }

  #request(kind: Use["kind"], cost: number, limits: PlannedLimits | undefined): Use {
    const policies = limits === undefined ? this.#policies : planned(this.#policies, limits);
    for (const policy of policies)
      if (!Number.isSafeInteger(cost) || cost < 1 || cost > mostAtOnce(policy))
        throw new RangeError(
          `cost is ${cost}: policy ${policy.name} takes whole numbers from 1 to ${mostAtOnce(policy)}`,
        );
    return { kind, id: newRequestId(), cost, policies };
  }

  #use(subject: string, request: Use): Promise<Usage> {
    return this.#run(request.kind, subject, (client, slot, nowUs) => use(client, slot, nowUs, request));
  }

  /** Also where Redis refuses, being full, say: an event has told. */
  #withoutRedis(subject: string, { kind, cost, policies }: Use): Decision {
    const states = policies.map((policy) => {
      const { name, limit, windowMs } = policy;
      if (policy.withoutRedis === "local") return this.#localShare.state(subject, policy, cost);
      const allowed = policy.withoutRedis === "open";
      return { name, limit, windowMs, allowed, remaining: 0, retryAfterMs: allowed ? 0 : 1_000, resetMs: 0 };
    });
    const allowed = states.every((state) => state.allowed);
    if (allowed && kind === "consume")
      for (const policy of policies)
        if (policy.withoutRedis === "local") this.#localShare.charge(subject, policy, cost);
    return decide({ allowed, states, degraded: true, charge: undefined });
  }

  /** What was lost with its connection is sent again: each script does nothing the second time. */
  async #run<T>(
    operation: string,
    subject: string,
    work: (client: RedisClient, slot: LimiterSlot, nowUs: string) => Promise<T>,
  ): Promise<T> {
    const slot = limiterSlot(this.name, subject);
    const nowUs = this.#redisTimeUs === undefined ? "" : String(this.#redisTimeUs());
    try {
      return await untilAnswered(this.#deadlineMs, (leftMs) =>
        this.#guard.run(operation, leftMs, (client) => work(client, slot, nowUs), slot.usage),
      );
    } catch (error) {
      const reason = error instanceof RedisUnavailableError ? error.reason : "failed";
      this.#onEvent({ type: "unavailable", limiter: this.name, operation, reason });
      throw error;
    }
  }

  #told(decision: Decision): Decision {
    const { policy, allowed, degraded } = decision;
    this.#onEvent({ type: "decision", limiter: this.name, policy, allowed, degraded });
    return decision;
  }
}
