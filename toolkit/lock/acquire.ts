import type { Invocation } from "../cache/invocation";
import { type Clock, elapsedMs, type Moment } from "../clock/moment";
import type { LockSlot } from "../redis/keys";
import { subscriberOf } from "../redis/subscriber";
import { RedisUnavailableError } from "../redis/unavailable";
import type { LockCalls } from "./lock-calls";
import type { NotAcquiredReason } from "./lock-options";
import { Turn } from "./turn";

export interface NotAcquired {
  readonly acquired: false;
  readonly reason: NotAcquiredReason;
  /** When it is worth trying again. Of `held`: when the present lease or offer ends, if it isn't renewed. */
  readonly retryAfterMs: number;
}

interface Taken {
  readonly acquired: true;
  readonly token: number;
  /** Else it is the lease of an earlier question. */
  readonly isNew: boolean;
  /** Of the lease, from when it was asked for. */
  readonly leftMs: number;
  readonly sentAt: Moment;
}

export interface Acquisition {
  readonly calls: LockCalls;
  readonly clock: Clock;
  readonly invocation: Pick<Invocation, "remainingMs">;
  readonly slot: LockSlot;
  readonly holder: string;
  readonly leaseMs: number;
  readonly waitMs: number;
  readonly begunAt: Moment;
}

/** After too few replicas had a lease. */
const unreplicatedRetryMs = 1_000;

/** After a question of one who waits that brought no answer. */
const unansweredRetryMs = 250;

/**
 * Asks for a lock, and if another one has it, again whenever it may have come to its turn, for as long as the caller waits.
 * Meanwhile Redis may go and come back.
 *
 * @throws RedisUnavailableError when the first question brought no answer, or the last, or nobody hears at the end that it waits no more;
 * at once when the client was disconnected, or a lease came and went while answers were lost
 */
export async function acquire(acquisition: Acquisition): Promise<Taken | NotAcquired> {
  const first = await ask(acquisition, acquisition.waitMs);
  return !first.acquired && first.reason === "held" && acquisition.waitMs > 0 ? takeInTurn(acquisition, first) : first;
}

async function takeInTurn(acquisition: Acquisition, first: NotAcquired): Promise<Taken | NotAcquired> {
  const { calls, clock, invocation, slot, holder, begunAt, waitMs } = acquisition;
  const leftMs = () => Math.min(waitMs - elapsedMs(begunAt, clock()), invocation.remainingMs());
  const turn = new Turn({ subscriber: subscriberOf(calls.client), news: slot.news, holder });
  let [answer, answeredAt] = [first, clock()];
  let unanswered: RedisUnavailableError | undefined;
  let lost: RedisUnavailableError | undefined;
  try {
    for (;;) {
      await turn.next(unanswered === undefined ? answer.retryAfterMs : unansweredRetryMs, leftMs());
      if (leftMs() <= 0) break;
      turn.forget();
      const next = await ask(acquisition, leftMs()).catch(unavailable);
      if (next instanceof RedisUnavailableError) {
        if (calls.client.status === "end") throw next; // nobody connects it again
        lost = unanswered = next;
        continue;
      }
      // A question whose answer was lost had been given the lease, and it is over.
      if (!next.acquired && next.reason === "ended" && lost !== undefined) throw lost;
      if (next.acquired || next.reason !== "held") return next;
      [answer, answeredAt, unanswered] = [next, clock(), undefined];
    }
  } finally {
    turn.end();
  }
  const unheard = await calls.leavePlace(slot, holder).catch(unavailable);
  if (unanswered !== undefined) throw unanswered;
  if (unheard !== undefined) throw unheard;
  return notAcquired("held", Math.max(0, answer.retryAfterMs - elapsedMs(answeredAt, clock())));
}

/** Whoever waits goes on waiting after it. */
function unavailable(error: unknown): RedisUnavailableError {
  if (error instanceof RedisUnavailableError) return error;
  throw error;
}

async function ask(
  { calls, invocation, slot, holder, leaseMs }: Acquisition,
  waitMs: number,
): Promise<Taken | NotAcquired> {
  const invocationMs = Math.floor(invocation.remainingMs());
  if (invocationMs < 1) return notAcquired("late", 0);
  const lasting = { leaseMs: Math.min(leaseMs, invocationMs), waitMs: Math.min(Math.ceil(waitMs), invocationMs) };
  const sent = await calls.ask(slot, { holder, ...lasting });
  if (sent === undefined) return notAcquired("unreplicated", unreplicatedRetryMs);
  const { sentAt, answer } = sent;
  if (answer.state === "acquired") {
    const { token, isNew, leftMs } = answer;
    return { acquired: true, token, isNew, leftMs, sentAt };
  }
  return notAcquired(answer.state, answer.state === "held" ? answer.leftMs : 0);
}

export function notAcquired(reason: NotAcquiredReason, retryAfterMs: number): NotAcquired {
  return { acquired: false, reason, retryAfterMs: Math.ceil(retryAfterMs) };
}
