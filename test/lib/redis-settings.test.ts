/** Each setting of a Redis group that the two stages don't use, as a stage that uses it is deployed. */
import { type StageConfig, stages } from "../../lib/config";
import { LarderStage } from "../../lib/larder-stage";
import { Template } from "aws-cdk-lib/assertions";
import { normalisedTemplate } from "./support/normalised-template";
import type { Json } from "./support/json";
import { testApp } from "./support/test-app";

const prod = stages.find(({ name }) => name === "prod")!;
const { state } = prod;
if (state === "cache") throw new Error("prod has no group of its own for state any more: take another stage here");

const settings: Record<string, Partial<StageConfig>> = {
  "cluster mode from the start, so that shards can be added": {
    cache: { ...prod.cache, shards: 1, clusterMode: true },
  },
  Valkey: { cache: { ...prod.cache, engine: "valkey" } },
  "durable Valkey for state": {
    state: { ...state, engine: "valkey", clusterMode: true, nodeType: "cache.m7g.large", durability: "sync" },
  },
  "a cache that adds shards": {
    cache: {
      ...prod.cache,
      nodeType: "cache.m7g.large",
      autoscaling: { of: "shards", by: "memory", percent: 60, most: 6 },
    },
  },
  "a cache that adds and removes replicas": {
    cache: {
      ...prod.cache,
      nodeType: "cache.m7g.large",
      autoscaling: { of: "replicas", by: "cpu", percent: 60, most: 4, shrinks: true },
    },
  },
};

const types =
  /^AWS::(ElastiCache::(ReplicationGroup|ParameterGroup|User|UserGroup)|ApplicationAutoScaling::(ScalableTarget|ScalingPolicy))$/;
/** What such a group is made of; its access strings lie in the snapshot of the stages, and depend on the mode alone. */
function groupsOf(config: StageConfig): Record<string, Json> {
  const { data } = new LarderStage(testApp(), config.name, { config, env: { region: config.region } });
  const resources = Object.entries<Json>(Template.fromStack(data).toJSON().Resources);
  const changed = Object.fromEntries(resources.filter(([, { Type }]) => types.test(Type)));
  for (const { Properties } of Object.values(changed)) delete Properties.AccessString;
  return changed;
}

describe("a stage with", () => {
  const usual = groupsOf(prod);

  it.each(Object.entries(settings))("%s has in its data stack, beside what prod has", (_setting, change) => {
    const resources = Object.entries(groupsOf({ ...prod, ...change }));
    const others = resources.filter(([id, resource]) => JSON.stringify(resource) !== JSON.stringify(usual[id]));
    expect(normalisedTemplate(Object.fromEntries(others))).toMatchSnapshot();
  });
});
