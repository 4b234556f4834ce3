import type { coordinationEnv } from "#contract/functions";
import { type ServiceLimit, serviceLimits } from "#contract/limits";
import type { QueueName } from "#contract/queues";
import type { Invocation } from "#platform/invocation";
import { assumedEnvironments, Limits } from "#platform/limits";
import { FunctionMetrics } from "#platform/metrics";
import { openOrderQueue, openRefreshQueue } from "#platform/queues";
import { stateRedisFrom, stateSafetyFrom } from "#platform/redis";
import { type LimiterEvent, Locks, type Queue, type QueueEvent, RateLimiter, type RedisClient } from "@larder/toolkit";
import type * as z from "zod/mini";
import { Description } from "./description";
import { ServiceLocks } from "./service-locks";

/** What administrators look at and retry, whatever the jobs say. */
export type AdminQueues = Readonly<Record<QueueName, Pick<Queue<unknown>, "stats" | "dead" | "retryDead">>>;

export interface CoordinationServices {
  readonly description: Description;
  readonly serviceLimits: Readonly<Record<ServiceLimit, RateLimiter>>;
  readonly serviceLocks: ServiceLocks;
  readonly queues: AdminQueues;
}

export function buildServices(
  env: z.infer<typeof coordinationEnv>,
  invocation: Invocation,
): CoordinationServices & { readonly limits: Limits } {
  const state = stateRedisFrom(env);
  const metrics = new FunctionMetrics();
  invocation.atEnd(() => metrics.publish());
  const onEvent = metrics.countLimit;
  const locks = new Locks({
    redis: state,
    safety: stateSafetyFrom(env),
    onEvent: (event) => metrics.countLock("service", event),
  });
  const queues = adminQueues(state, metrics.countQueue);
  return {
    ...coordinationServices(state, locks, queues, invocation, onEvent),
    limits: new Limits({ redis: state, onEvent }),
  };
}

export function adminQueues(redis: RedisClient, onEvent: (event: QueueEvent) => void = () => undefined): AdminQueues {
  return { orders: openOrderQueue(redis, onEvent), refreshes: openRefreshQueue(redis, onEvent) };
}

export function coordinationServices(
  state: RedisClient,
  locks: Locks,
  queues: AdminQueues,
  invocation: Pick<Invocation, "remainingMs">,
  onEvent: (event: LimiterEvent) => void = () => undefined,
): CoordinationServices {
  const limiterOf = (name: ServiceLimit) =>
    new RateLimiter({
      redis: state,
      name: `service-${name}`,
      policies: [serviceLimits[name]],
      processes: assumedEnvironments,
      onEvent,
    });
  return {
    description: new Description(),
    serviceLimits: {
      "api-calls": limiterOf("api-calls"),
      messages: limiterOf("messages"),
      exports: limiterOf("exports"),
    },
    serviceLocks: new ServiceLocks(locks, () => invocation.remainingMs()),
    queues,
  };
}
