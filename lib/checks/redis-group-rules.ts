/** What a replication group must be, as one unit with its parameters, its network and its users. */
import * as z from "zod/mini";
import { isRedisEngine, parameterFamilyOf, versionsOf } from "../constructs/redis-engines";
import { findNodeTypeMistakes, needsDataTiering } from "../constructs/redis-node-types";
import type { RedisEngine } from "../constructs/redis-settings";
import { findWindowMistakes } from "../constructs/time-windows";
import { mistake, type RedisMistake, shown } from "./redis-mistake";
import { checkNetwork } from "./redis-network-rules";
import { checkUsersOf } from "./redis-user-rules";
import type { TemplateResource, Templates } from "./templates";

const Parameters = z.object({ "cluster-enabled": z.optional(z.string()) });

export function* checkGroup(group: TemplateResource, templates: Templates): Generator<RedisMistake> {
  yield* checkFailover(group);
  yield* checkSignIn(group);
  yield* checkEngine(group, templates);
  yield* checkNodes(group);
  yield* checkCare(group);
  yield* checkNetwork(group, templates);
  yield* checkUsersOf(group, templates);
}

function* checkFailover({ properties: of }: TemplateResource): Generator<RedisMistake> {
  if (of.AutomaticFailoverEnabled !== true)
    yield mistake(
      "failover",
      "AutomaticFailoverEnabled",
      `AutomaticFailoverEnabled is ${shown(of.AutomaticFailoverEnabled)} with MultiAZEnabled ${shown(of.MultiAZEnabled)}: set both to true, or a primary that is lost stays lost`,
    );
  if (of.MultiAZEnabled !== true)
    yield mistake(
      "multi-az",
      "MultiAZEnabled",
      `MultiAZEnabled is ${shown(of.MultiAZEnabled)}: set it to true, or all nodes may be lost with one zone`,
    );
  if (of.NumCacheClusters !== undefined && (of.NumNodeGroups ?? of.ReplicasPerNodeGroup) !== undefined)
    yield mistake(
      "shape",
      "NumCacheClusters",
      `NumCacheClusters is ${shown(of.NumCacheClusters)} beside NumNodeGroups ${shown(of.NumNodeGroups)}: leave NumCacheClusters out, since AWS refuses two counts of nodes`,
    );
  const replicas =
    of.ReplicasPerNodeGroup ?? (typeof of.NumCacheClusters === "number" ? of.NumCacheClusters - 1 : undefined);
  if (typeof replicas !== "number" || replicas < 1)
    yield mistake(
      "replicas",
      "ReplicasPerNodeGroup",
      `ReplicasPerNodeGroup is ${shown(replicas)}: use 1 to 5, since failover needs one and AWS can't add the first one later`,
    );
}

function* checkSignIn({ properties: of }: TemplateResource): Generator<RedisMistake> {
  const groups = Array.isArray(of.UserGroupIds) ? of.UserGroupIds.length : 0;
  if (of.AuthToken !== undefined)
    yield mistake(
      "auth-token",
      "AuthToken",
      groups > 0
        ? "AuthToken is set beside UserGroupIds: leave AuthToken out, since AWS refuses two ways to sign in"
        : "AuthToken is the only way to sign in, one password for everybody: name a user group in UserGroupIds instead, now, since changing over later replaces the group",
    );
  if (of.AuthToken === undefined && groups !== 1)
    yield mistake(
      "user-group",
      "UserGroupIds",
      `UserGroupIds is ${shown(of.UserGroupIds)}: name one user group, or whoever reaches the group may do everything`,
    );
  if (of.TransitEncryptionEnabled !== true || (of.TransitEncryptionMode ?? "required") !== "required")
    yield mistake(
      "tls",
      "TransitEncryptionMode",
      `TransitEncryptionEnabled is ${shown(of.TransitEncryptionEnabled)} and TransitEncryptionMode ${shown(of.TransitEncryptionMode)}: use true and "required", or clients without TLS are let in`,
    );
}

function* checkEngine(group: TemplateResource, templates: Templates): Generator<RedisMistake> {
  const { Engine: engine, EngineVersion: version } = group.properties;
  if (!isRedisEngine(engine)) {
    yield mistake("engine", "Engine", `Engine is ${shown(engine)}: use "valkey" or "redis"`);
    return;
  }
  const family = typeof version === "string" ? parameterFamilyOf(engine, version) : undefined;
  if (family === undefined)
    yield mistake(
      "engine-version",
      "EngineVersion",
      `EngineVersion is ${shown(version)}: of ${engine} use one of ${versionsOf(engine).join(", ")}; older ones take no IAM users`,
    );
  else yield* checkParameters(group, templates, { engine, version: String(version), family });
}

function* checkParameters(
  { properties: of, templatePath }: TemplateResource,
  templates: Templates,
  { engine, version, family }: { engine: RedisEngine; version: string; family: string },
): Generator<RedisMistake> {
  const parameters = templates.behind(of.CacheParameterGroupName, templatePath)?.properties;
  if (parameters === undefined) {
    yield mistake(
      "parameters",
      "CacheParameterGroupName",
      `CacheParameterGroupName is ${shown(of.CacheParameterGroupName)}: refer to a parameter group of this app, since the default ones evict what holds locks`,
    );
    return;
  }
  if (parameters.CacheParameterGroupFamily !== family)
    yield mistake(
      "parameter-family",
      "CacheParameterGroupName",
      `the parameter group is of the family ${shown(parameters.CacheParameterGroupFamily)}: ${engine} ${version} needs one of ${family}`,
    );
  const wanted = of.ClusterMode === "enabled" || Number(of.NumNodeGroups ?? 1) > 1 ? "yes" : "no";
  const { "cluster-enabled": given } = Parameters.safeParse(parameters.Properties).data ?? {};
  if ((given ?? "no") !== wanted)
    yield mistake(
      "cluster-enabled",
      "CacheParameterGroupName",
      `the parameter group has cluster-enabled ${shown(given)}: ClusterMode ${shown(of.ClusterMode)} with NumNodeGroups ${shown(of.NumNodeGroups)} needs "${wanted}"`,
    );
}

function* checkNodes({ properties: of }: TemplateResource): Generator<RedisMistake> {
  const nodeType = typeof of.CacheNodeType === "string" ? of.CacheNodeType : shown(of.CacheNodeType);
  for (const message of findNodeTypeMistakes(nodeType)) yield mistake("node-type", "CacheNodeType", message);
  if (needsDataTiering(nodeType) && of.DataTieringEnabled !== true)
    yield mistake(
      "data-tiering",
      "DataTieringEnabled",
      `DataTieringEnabled is ${shown(of.DataTieringEnabled)} with nodes of ${nodeType}: set it to true, or use cache.r7g`,
    );
}

function* checkCare({ properties: of }: TemplateResource): Generator<RedisMistake> {
  if (of.AtRestEncryptionEnabled !== true)
    yield mistake(
      "at-rest",
      "AtRestEncryptionEnabled",
      `AtRestEncryptionEnabled is ${shown(of.AtRestEncryptionEnabled)}: set it to true now, since it can't be turned on later`,
    );
  const days = Number(of.SnapshotRetentionLimit ?? 0);
  if (!(days >= 1 && days <= 35))
    yield mistake(
      "snapshots",
      "SnapshotRetentionLimit",
      `SnapshotRetentionLimit is ${shown(of.SnapshotRetentionLimit)}: use 1 to 35 days, or there is nothing to go back to`,
    );
  const windows = {
    backup: String(of.SnapshotWindow),
    maintenance: String(of.PreferredMaintenanceWindow),
    minimumMinutes: 60,
  };
  for (const message of findWindowMistakes(windows)) yield mistake("windows", "PreferredMaintenanceWindow", message);
}
