import type { RedisClient } from "../redis/connect";
import type { LimiterSlot } from "../redis/keys";
import { runScript } from "../redis/scripts";
import type { PolicyState } from "./decision";
import type { EffectivePolicy } from "./policy";
import { refundScript, useScript } from "./usage-script";

export interface Use {
  readonly kind: "consume" | "peek" | "penalize";
  /** The same for one that is sent again. */
  readonly id: string;
  readonly cost: number;
  readonly policies: readonly EffectivePolicy[];
}

export interface Usage {
  readonly allowed: boolean;
  readonly blockedMs: number;
  readonly states: readonly PolicyState[];
  readonly marks: readonly number[];
}

/** @param nowUs '' for Redis' own time */
export async function use(client: RedisClient, slot: LimiterSlot, nowUs: string, request: Use): Promise<Usage> {
  const { kind, id, cost, policies } = request;
  const numbers = policies.flatMap(({ name, algorithm, limit, windowMs, burst }) => [
    name,
    algorithm,
    limit,
    windowMs * 1_000,
    burst,
  ]);
  const reply = await runScript(client, useScript, slot, nowUs, id, kind, cost, ...numbers);
  const answer: readonly unknown[] = Array.isArray(reply) ? reply : [];
  const at = (index: number) => Number(answer[index]);
  return {
    allowed: at(0) === 1,
    blockedMs: milliseconds(at(1)),
    states: policies.map(({ name, limit, windowMs }, index) => {
      const first = 2 + index * 5;
      return {
        name,
        limit,
        windowMs,
        allowed: at(first) === 1,
        remaining: at(first + 1),
        retryAfterMs: milliseconds(at(first + 2)),
        resetMs: milliseconds(at(first + 3)),
      };
    }),
    marks: policies.map((_, index) => at(6 + index * 5)),
  };
}

export async function refund(
  client: RedisClient,
  slot: LimiterSlot,
  nowUs: string,
  { id, cost, policies, marks }: Pick<Use, "id" | "cost" | "policies"> & Pick<Usage, "marks">,
): Promise<void> {
  const numbers = policies.flatMap(({ name, algorithm, limit, windowMs }, index) => [
    name,
    algorithm,
    limit,
    windowMs * 1_000,
    marks[index] ?? 0,
  ]);
  await runScript(client, refundScript, slot, nowUs, id, cost, ...numbers);
}

/** Whole ones: who waits so long waits long enough. */
function milliseconds(microseconds: number): number {
  return Math.ceil(microseconds / 1_000);
}
