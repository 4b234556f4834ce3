import {
  answerMetrics,
  cacheMetrics,
  limitMetrics,
  lockMetrics,
  queueMetrics,
  unavailableMetrics,
} from "#contract/metrics";
import type { QueueName } from "#contract/queues";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type {
  CacheEvent,
  LeaderboardEvent,
  LimiterEvent,
  LockEvent,
  QueueEvent,
  QueueStats,
  WorkDone,
} from "@larder/toolkit";

/** As many values as Embedded Metric Format takes of one metric, less the one at which Powertools would publish by itself. */
const maxTimes = 99;

type Dimension = "collection" | "limiter" | "lock" | "queue" | "board";

interface Counted {
  readonly dimension: Dimension;
  readonly name: string;
  readonly byMetric: Map<string, number>;
  readonly timesMs: Map<string, number[]>;
}

/**
 * Counts what the toolkit tells, and publishes it as a log line in Embedded Metric Format for each collection, limiter, kind of lock,
 * queue and board that was used. In between an event only adds to a number: a near hit takes less than a microsecond, and so must this.
 */
export class FunctionMetrics {
  readonly #metrics = new Metrics(); // in the namespace of POWERTOOLS_METRICS_NAMESPACE
  readonly #counted: Record<Dimension, Map<string, Counted>> = {
    collection: new Map(),
    limiter: new Map(),
    lock: new Map(),
    queue: new Map(),
    board: new Map(),
  };

  readonly countCache = (event: CacheEvent): void => {
    const counted = this.#of("collection", event.collection);
    add(counted, metricOfCache(event));
    if (event.type === "load" && event.outcome !== "rejected") addTime(counted, cacheMetrics.loadTime, event.ms);
  };

  readonly countLimit = (event: LimiterEvent): void => {
    const metric = metricOfLimit(event);
    if (metric !== undefined) add(this.#of("limiter", event.limiter), metric);
  };

  /** @param kind of the locks: what they are called by is as many as callers make it */
  countLock(kind: string, event: LockEvent): void {
    const counted = this.#of("lock", kind);
    if (event.type === "unavailable") add(counted, unavailableMetrics[event.reason]);
    else if (event.type === "lost") add(counted, lockMetrics.lost);
    else if (event.outcome === "acquired") addTime(counted, lockMetrics.wait, event.waitedMs);
    else add(counted, lockMetrics.notAcquired[event.outcome]);
  }

  readonly countQueue = (event: QueueEvent): void => {
    const counted = this.#of("queue", event.queue);
    if (event.type === "unavailable") add(counted, unavailableMetrics[event.reason]);
    else if (event.type === "refused") add(counted, queueMetrics.refused, event.receipts);
    else add(counted, queueMetrics[event.type], event.jobs);
  };

  countWork(queue: QueueName, { done, failed, unsettled }: WorkDone): void {
    const counted = this.#of("queue", queue);
    add(counted, queueMetrics.done, done);
    add(counted, queueMetrics.failed, failed);
    add(counted, queueMetrics.unsettled, unsettled);
  }

  /** How a queue is now. */
  tellQueue(queue: QueueName, { waiting, oldestWaitingMs, dead }: QueueStats): void {
    const { byMetric, timesMs } = this.#of("queue", queue);
    byMetric.set(queueMetrics.waiting, waiting).set(queueMetrics.deadLetters, dead);
    timesMs.set(queueMetrics.oldestAge, [oldestWaitingMs]);
  }

  readonly countBoard = ({ board, reason }: LeaderboardEvent): void =>
    add(this.#of("board", board), unavailableMetrics[reason]);

  /** Writes nothing where nothing was counted. */
  publish(): void {
    for (const byName of Object.values(this.#counted)) {
      for (const { dimension, name, byMetric, timesMs } of byName.values()) {
        this.#metrics.addDimension(dimension, name);
        for (const [metric, count] of byMetric) this.#metrics.addMetric(metric, MetricUnit.Count, count);
        for (const [metric, times] of timesMs)
          for (const ms of times) this.#metrics.addMetric(metric, MetricUnit.Milliseconds, ms);
        this.#metrics.publishStoredMetrics();
      }
      byName.clear();
    }
  }

  #of(dimension: Dimension, name: string): Counted {
    const byName = this.#counted[dimension];
    let counted = byName.get(name);
    if (counted === undefined)
      byName.set(name, (counted = { dimension, name, byMetric: new Map(), timesMs: new Map() }));
    return counted;
  }
}

let ofFunction: Metrics | undefined;

/** Publishes at once that a request was answered 5xx; to Lambda itself its call went well. Without a namespace nothing is counted. */
export function countServerError(): void {
  if (process.env["POWERTOOLS_METRICS_NAMESPACE"] === undefined) return;
  ofFunction ??= new Metrics();
  ofFunction.addMetric(answerMetrics.serverErrors, MetricUnit.Count, 1);
  ofFunction.publishStoredMetrics();
}

function add({ byMetric }: Counted, metric: string, count = 1): void {
  if (count > 0) byMetric.set(metric, (byMetric.get(metric) ?? 0) + count);
}

function addTime({ timesMs }: Counted, metric: string, ms: number): void {
  const times = timesMs.get(metric);
  if (times === undefined) timesMs.set(metric, [ms]);
  else if (times.length < maxTimes) times.push(ms);
}

function metricOfCache(event: CacheEvent): string {
  switch (event.type) {
    case "lookup":
      return cacheMetrics.lookups[event.tier];
    case "wait":
      return cacheMetrics.waits;
    case "load":
      return cacheMetrics.loads[event.outcome];
    case "evict":
      return cacheMetrics.evictions;
    case "unavailable":
      return unavailableMetrics[event.reason];
  }
}

/** What was allowed as usual isn't counted: the gateway counts requests. */
function metricOfLimit(event: LimiterEvent): string | undefined {
  if (event.type === "unavailable") return unavailableMetrics[event.reason];
  if (event.degraded) return event.allowed ? limitMetrics.allowedUncounted : limitMetrics.deniedUncounted;
  return event.allowed ? undefined : limitMetrics.denied;
}
