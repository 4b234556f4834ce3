import { cacheMetrics, limitMetrics, metricNamespace } from "#contract/metrics";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { CacheEvent, LimiterEvent } from "@larder/toolkit";

/** As many values as Embedded Metric Format takes of one metric, less the one at which Powertools would publish by itself. */
const maxLoadTimes = 99;

interface Counted {
  readonly dimension: "collection" | "limiter";
  readonly name: string;
  readonly byMetric: Map<string, number>;
  readonly loadTimesMs: number[];
}

/**
 * Counts what the cache and the limiters tell, and publishes it as a log line in Embedded Metric Format for each collection and
 * limiter that was used. In between an event only adds to a number: a near hit takes less than a microsecond, and so must this.
 */
export class FunctionMetrics {
  readonly #metrics = new Metrics({ namespace: metricNamespace });
  readonly #collections = new Map<string, Counted>();
  readonly #limiters = new Map<string, Counted>();

  readonly countCache = (event: CacheEvent): void => {
    const counted = countedIn(this.#collections, "collection", event.collection);
    add(counted, metricOfCache(event));
    const { loadTimesMs } = counted;
    if (event.type === "load" && event.outcome !== "rejected" && loadTimesMs.length < maxLoadTimes)
      loadTimesMs.push(event.ms);
  };

  readonly countLimit = (event: LimiterEvent): void => {
    const metric = metricOfLimit(event);
    if (metric !== undefined) add(countedIn(this.#limiters, "limiter", event.limiter), metric);
  };

  /** Writes nothing where nothing was counted. */
  publish(): void {
    for (const { dimension, name, byMetric, loadTimesMs } of [
      ...this.#collections.values(),
      ...this.#limiters.values(),
    ]) {
      this.#metrics.addDimension(dimension, name);
      for (const [metric, count] of byMetric) this.#metrics.addMetric(metric, MetricUnit.Count, count);
      for (const ms of loadTimesMs) this.#metrics.addMetric(cacheMetrics.loadTime, MetricUnit.Milliseconds, ms);
      this.#metrics.publishStoredMetrics();
    }
    this.#collections.clear();
    this.#limiters.clear();
  }
}

function countedIn(all: Map<string, Counted>, dimension: Counted["dimension"], name: string): Counted {
  let counted = all.get(name);
  if (counted === undefined) all.set(name, (counted = { dimension, name, byMetric: new Map(), loadTimesMs: [] }));
  return counted;
}

function add({ byMetric }: Counted, metric: string): void {
  byMetric.set(metric, (byMetric.get(metric) ?? 0) + 1);
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
      return cacheMetrics.unavailable[event.reason];
  }
}

/** What was allowed as usual isn't counted: the gateway counts requests. */
function metricOfLimit(event: LimiterEvent): string | undefined {
  if (event.type === "unavailable") return limitMetrics.unavailable[event.reason];
  if (event.degraded) return event.allowed ? limitMetrics.allowedUncounted : limitMetrics.deniedUncounted;
  return event.allowed ? undefined : limitMetrics.denied;
}
