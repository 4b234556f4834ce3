import type { RedisClient } from "../redis/connect";
import type { LimiterSlot } from "../redis/keys";
import { runScript } from "../redis/scripts";
import type { Charge, PolicyState } from "./decision";
import type { EffectivePolicy } from "./policy";
import { refundScript, useScript } from "./usage-script";

/** What several subjects are asked alike. */
export interface UseKind {
  readonly kind: "consume" | "peek" | "penalize";
  readonly policies: readonly EffectivePolicy[];
}

/** Of one subject. */
export interface Use {
  readonly slot: LimiterSlot;
  /** The same for one that is sent again. */
  readonly id: string;
  readonly cost: number;
}

export interface Usage {
  readonly allowed: boolean;
  readonly blockedMs: number;
  readonly states: readonly PolicyState[];
  readonly marks: readonly number[];
}

/**
 * Asks for several subjects by one script; in a cluster they must lie in one slot.
 *
 * @param nowUs '' for Redis' own time
 */
export async function use(
  client: RedisClient,
  nowUs: string,
  { kind, policies }: UseKind,
  uses: readonly Use[],
): Promise<readonly Usage[]> {
  const numbers = policies.flatMap((each) => [...ofPolicy(each), each.burst]);
  const reply = await runScript(
    client,
    useScript,
    uses.map(({ slot }) => slot),
    nowUs,
    kind,
    policies.length,
    ...numbers,
    ...uses.flatMap(({ id, cost }) => [id, cost]),
  );
  const answers: readonly unknown[] = Array.isArray(reply) ? reply : [];
  return uses.map((_, at) => usageOf(answers[at], policies));
}

const bytesBefore = 9;
const bytesOfPolicy = 33;

function usageOf(answer: unknown, policies: readonly EffectivePolicy[]): Usage {
  if (!Buffer.isBuffer(answer)) throw new TypeError("redis answered a limiter's script with something else");
  const at = (index: number, field: number) => answer.readDoubleBE(bytesBefore + index * bytesOfPolicy + 1 + 8 * field);
  return {
    allowed: answer[0] === 1,
    blockedMs: milliseconds(answer.readDoubleBE(1)),
    states: policies.map(({ name, limit, windowMs }, index) => ({
      name,
      limit,
      windowMs,
      allowed: answer[bytesBefore + index * bytesOfPolicy] === 1,
      remaining: at(index, 0),
      retryAfterMs: milliseconds(at(index, 1)),
      resetMs: milliseconds(at(index, 2)),
    })),
    marks: policies.map((_, index) => at(index, 3)),
  };
}

export async function refund(
  client: RedisClient,
  slot: LimiterSlot,
  nowUs: string,
  { id, cost, policies, marks }: Charge,
): Promise<void> {
  const numbers = policies.flatMap((each, index) => [...ofPolicy(each), marks[index] ?? 0]);
  await runScript(client, refundScript, slot, nowUs, id, cost, ...numbers);
}

function ofPolicy({ name, algorithm, limit, windowMs }: EffectivePolicy): readonly (string | number)[] {
  return [`${name}/${algorithm}/${windowMs}`, algorithm, limit, windowMs * 1_000];
}

/** Whole ones: who waits so long waits long enough. */
function milliseconds(microseconds: number): number {
  return Math.ceil(microseconds / 1_000);
}
