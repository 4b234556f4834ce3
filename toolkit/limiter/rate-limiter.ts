import { systemClock } from "../clock/moment";
import { checkOptionalFunction } from "../given-function";
import type { RedisClient } from "../redis/connect";
import { type Guard, guardOf } from "../redis/guard";
import { checkName, type LimiterSlot, limiterSlot } from "../redis/keys";
import { newRequestId } from "../redis/request-id";
import { runScript } from "../redis/scripts";
import { RedisUnavailableError } from "../redis/unavailable";
import { untilAnswered } from "../redis/until-answered";
import { withoutCommand } from "../redis/without-command";
import { tell } from "../tell";
import { checkWholeNumber, longestTimerMs } from "../whole-number";
import { type Charge, checkCharge, decide, type Decision, type PolicyState } from "./decision";
import { Denials } from "./denials";
import type { LimiterEvent, RateLimiterOptions, UseOptions } from "./limiter-options";
import { LocalShare } from "./local-share";
import { checkPolicies, type EffectivePolicy, mostAtOnce, planned, type PlannedLimits } from "./policy";
import { BatchedUses } from "./batched-uses";
import { refund, type Usage, type Use, type UseKind } from "./usage";
import { blockScript } from "./usage-script";

interface Asked {
  readonly cost: number;
  readonly limits: PlannedLimits | undefined;
}

interface Request extends UseKind, Use {}

/** Ten years. */
const longestBlockMs = 315_360_000_000;

/** How often subjects (users, addresses) may do something: one or several policies, decided together in one round trip. */
export class RateLimiter {
  readonly name: string;
  readonly #guard: Guard;
  readonly #policies: readonly EffectivePolicy[];
  readonly #deadlineMs: number;
  readonly #denials: Denials;
  readonly #localShare: LocalShare;
  readonly #onEvent: ((event: LimiterEvent) => void) | undefined;
  readonly #nowUs: () => string;
  readonly #uses: BatchedUses;

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
    checkName(name, "a limiter's name");
    checkOptionalFunction(`onEvent of limiter ${name}`, onEvent);
    checkWholeNumber(`deadlineMs of limiter ${name}`, deadlineMs, 1, longestTimerMs);
    checkWholeNumber(`processes of limiter ${name}`, processes, 1);
    this.name = name;
    this.#guard = guardOf(redis);
    this.#policies = checkPolicies(name, policies);
    this.#deadlineMs = deadlineMs;
    this.#denials = new Denials(clock ?? systemClock);
    this.#localShare = new LocalShare(processes, clock ?? systemClock);
    this.#onEvent = onEvent;
    this.#nowUs = () => (redisTimeUs === undefined ? "" : String(redisTimeUs()));
    this.#uses = new BatchedUses({ guard: this.#guard, deadlineMs, nowUs: this.#nowUs });
  }

  /**
   * Uses `cost` of each policy if all of them allow it; a denial charges nothing. One that was denied less than a second ago
   * is answered from this process' memory. Without Redis each policy does what its `withoutRedis` says (`degraded`).
   *
   * @throws RangeError for a cost that could never be allowed, TypeError for a subject that is empty or no valid Unicode
   */
  consume(subject: string, { cost = 1, limits }: UseOptions = {}): Promise<Decision> {
    const costAndPlan = limits === undefined ? String(cost) : `${cost} ${JSON.stringify(limits)}`;
    const denied = this.#denials.find(subject, costAndPlan);
    return denied === undefined
      ? this.#consume(subject, costAndPlan, { cost, limits })
      : Promise.resolve(this.#told(denied));
  }

  /** Whether `consume` would allow it now, and when, and what is left as it stands: charges nothing. */
  async peek(subject: string, { cost = 1, limits }: UseOptions = {}): Promise<Decision> {
    const request = this.#request("peek", subject, { cost, limits });
    try {
      return decide({ ...(await this.#use(request)), charge: undefined });
    } catch {
      return this.#withoutRedis(subject, request);
    }
  }

  /**
   * Gives back what of a charge still counts, once, however often it is called. Nothing, once the subject was charged sixteen
   * times since, or was reset: then it can't be told any more whether it was given back.
   *
   * @param charge of a decision; `undefined` as of a denial: there is nothing to give back
   * @throws RedisUnavailableError, or TypeError for what is no charge
   */
  async refund(subject: string, charge: Charge | undefined): Promise<void> {
    if (charge === undefined) return;
    checkCharge(charge);
    await this.#run("refund", subject, (client, slot, nowUs) => refund(client, slot, nowUs, charge));
    this.#denials.forget(subject);
  }

  /** Charges also what the policies wouldn't allow. @throws RedisUnavailableError, RangeError */
  async penalize(subject: string, { cost = 1, limits }: UseOptions = {}): Promise<void> {
    await this.#use(this.#request("penalize", subject, { cost, limits }));
    this.#denials.forget(subject);
  }

  /** Denies everything for a time of up to ten years; a block that lasts longer stays. @throws RedisUnavailableError, RangeError */
  async block(subject: string, forMs: number): Promise<void> {
    checkWholeNumber("forMs", forMs, 1, longestBlockMs);
    await this.#run("block", subject, (client, slot, nowUs) =>
      runScript(client, blockScript, slot, nowUs, forMs * 1_000),
    );
    this.#denials.forget(subject);
  }

  /** Forgets what a subject has used, and that it is blocked. @throws RedisUnavailableError */
  async reset(subject: string): Promise<void> {
    await this.#run("reset", subject, (client, { usage }) => client.unlink(usage));
    this.#denials.forget(subject);
  }

  async #consume(subject: string, costAndPlan: string, asked: Asked): Promise<Decision> {
    const request = this.#request("consume", subject, asked);
    let decision: Decision;
    try {
      const usage = await this.#use(request);
      const { id, cost, policies } = request;
      decision = decide({ ...usage, charge: { id, cost, policies, marks: usage.marks } });
    } catch {
      return this.#told(this.#withoutRedis(subject, request));
    }
    if (!decision.allowed) this.#denials.add(subject, costAndPlan, decision);
    return this.#told(decision);
  }

  #request(kind: UseKind["kind"], subject: string, { cost, limits }: Asked): Request {
    const policies = limits === undefined ? this.#policies : planned(this.#policies, limits);
    for (const policy of policies)
      if (!Number.isSafeInteger(cost) || cost < 1 || cost > mostAtOnce(policy))
        throw new RangeError(
          `cost is ${cost}: policy ${policy.name} takes whole numbers from 1 to ${mostAtOnce(policy)}`,
        );
    return { kind, policies, slot: limiterSlot(this.name, subject), id: newRequestId(), cost };
  }

  #use(request: Request): Promise<Usage> {
    return this.#reported(request.kind, this.#uses.use(request, request));
  }

  /** Also where Redis refuses, being full, say: an event has told. */
  #withoutRedis(subject: string, { kind, cost, policies }: Request): Decision {
    let states = policies.map((policy): PolicyState => {
      if (policy.withoutRedis === "local") return this.#localShare.state(subject, policy, cost);
      const { name, limit, windowMs } = policy;
      const stands =
        policy.withoutRedis === "open"
          ? { allowed: true, remaining: mostAtOnce(policy), retryAfterMs: 0 }
          : { allowed: false, remaining: 0, retryAfterMs: 1_000 };
      return { name, limit, windowMs, ...stands, resetMs: 0 };
    });
    const allowed = states.every((state) => state.allowed);
    if (allowed && kind === "consume")
      states = states.map((state, at) => {
        const policy = policies[at];
        return policy?.withoutRedis === "local"
          ? { ...state, ...this.#localShare.charge(subject, policy, cost) }
          : state;
      });
    return decide({ allowed, states, degraded: true, charge: undefined });
  }

  /** What was lost with its connection is sent again: each script does nothing the second time. */
  #run<T>(
    operation: string,
    subject: string,
    work: (client: RedisClient, slot: LimiterSlot, nowUs: string) => Promise<T>,
  ): Promise<T> {
    const slot = limiterSlot(this.name, subject);
    const nowUs = this.#nowUs();
    const answered = untilAnswered(this.#deadlineMs, (leftMs) =>
      this.#guard.run(operation, leftMs, (client) => work(client, slot, nowUs), slot.usage),
    );
    return this.#reported(operation, answered);
  }

  async #reported<T>(operation: string, answered: Promise<T>): Promise<T> {
    try {
      return await answered;
    } catch (error) {
      const reason = error instanceof RedisUnavailableError ? error.reason : "failed";
      const told = { limiter: this.name, operation, reason, error: withoutCommand(error) };
      tell(this.#onEvent, { type: "unavailable", ...told });
      throw error;
    }
  }

  #told(decision: Decision): Decision {
    if (this.#onEvent === undefined) return decision;
    const { policy, allowed, degraded } = decision;
    tell(this.#onEvent, { type: "decision", limiter: this.name, policy, allowed, degraded });
    return decision;
  }
}
