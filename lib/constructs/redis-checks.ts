import { findScalingMistakes } from "./redis-autoscaling";
import { findDurabilityMistakes } from "./redis-durability";
import { findNodeTypeMistakes, needsDataTiering } from "./redis-node-types";
import type { RedisCacheSettings } from "./redis-settings";
import { findWindowMistakes } from "./time-windows";

/** Finds what CloudFormation would accept and AWS refuse much later, or never; each shows the value and the remedy. */
export function* findRedisMistakes(
  settings: Required<RedisCacheSettings>,
  name: string,
  zones: readonly string[],
): Generator<string> {
  const { nodeType, shards, replicasPerShard, clusterMode, snapshotRetentionDays } = settings;

  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 24)
    yield `name is "${name}": use up to 24 lower-case letters, digits and single hyphens, since user ids are made of it`;
  yield* findNodeTypeMistakes(nodeType);
  if (needsDataTiering(nodeType))
    yield `nodeType is "${nodeType}": it keeps part of the data on a disk, which these settings don't ask for; use cache.r7g instead`;
  if (!isWhole(shards, 1, 500)) yield `shards is ${shards}: use a whole number from 1 to 500`;
  if (shards > 1 && !clusterMode)
    yield `clusterMode is off with ${shards} shards: keys spread over shards in cluster mode only, so leave it out`;
  if (!isWhole(replicasPerShard, 1, 5))
    yield `replicasPerShard is ${replicasPerShard}: use 1 to 5, since automatic failover needs one and AWS can't add the first one later`;
  if (new Set(zones).size < 2)
    yield `the isolated subnets lie in ${zones.join(", ") || "no zone"}: use two zones, so that a replica survives its primary's zone`;
  if (!isWhole(snapshotRetentionDays, 1, 35))
    yield `snapshotRetentionDays is ${snapshotRetentionDays}: use 1 to 35, or there is nothing to go back to`;
  yield* findDurabilityMistakes(settings.durability, settings);
  if (settings.autoscaling !== "off") yield* findScalingMistakes(settings.autoscaling, settings);
  yield* findWindowMistakes({
    backup: settings.snapshotWindow,
    maintenance: settings.maintenanceWindow,
    minimumMinutes: 60,
  });
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
