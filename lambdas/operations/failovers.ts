import type { FailoverBegun, FailoverWish } from "#contract/admin-cache";
import { ConflictError, FailoversUsedUpError, InvalidRequestError, NotFoundError } from "#platform/errors";
import { logger } from "#platform/logger";
import { type ElastiCacheClient, TestFailoverCommand } from "@aws-sdk/client-elasticache";
import { answered } from "./answered";
import { replicationGroup } from "./redis-groups";
import type { GroupIds } from "./group-ids";

const noAnswer =
  "elasticache gives no answer at the moment: the failover may have begun, the events of GET /admin/cache say if it has";

/** Failovers that somebody asks for, to see what they do. */
export class Failovers {
  readonly #elastiCache: ElastiCacheClient;
  readonly #ids: GroupIds;

  constructor(elastiCache: ElastiCacheClient, ids: GroupIds) {
    this.#elastiCache = elastiCache;
    this.#ids = ids;
  }

  /** Resolves when ElastiCache has begun it. */
  async begin({ role, shard }: FailoverWish): Promise<FailoverBegun> {
    const group = this.#ids[role];
    const chosen = await this.#shard(group, shard);
    const asked = new TestFailoverCommand({ ReplicationGroupId: group, NodeGroupId: chosen });
    await answered(this.#elastiCache.send(asked), noAnswer, refusal);
    logger.warn("a failover was asked for", { group, shard: chosen });
    return { group, shard: chosen };
  }

  async #shard(id: string, wanted: string | undefined): Promise<string> {
    const group = await answered(replicationGroup(this.#elastiCache, id), "elasticache gives no answer at the moment");
    const shards = (group.NodeGroups ?? []).flatMap(({ NodeGroupId }) => NodeGroupId ?? []);
    const [only, ...others] = shards;
    if (wanted === undefined) {
      if (only !== undefined && others.length === 0) return only;
      throw new InvalidRequestError(`the group ${id} has the shards ${shards.join(", ")}: name one as shard`);
    }
    if (shards.includes(wanted)) return wanted;
    throw new NotFoundError(`the group ${id} has no shard ${wanted}, but ${shards.join(", ")}`);
  }
}

/** What AWS refuses, with the remedy. */
function refusal(name: string, message: string): Error | undefined {
  switch (name) {
    case "InvalidReplicationGroupStateFault":
    case "InvalidCacheClusterStateFault":
      return new ConflictError("the group is being changed, or fails over: wait until GET /admin/cache says available");
    case "APICallRateForCustomerExceededFault":
      return new FailoversUsedUpError("AWS tries 15 shards in 24 hours, and those are used up: try again tomorrow");
    case "TestFailoverNotAvailableFault":
      return new ConflictError(`AWS has closed failovers for tests at the moment: ${message}`);
    // A group without replicas, or without automatic failover.
    case "InvalidParameterCombinationException":
    case "InvalidParameterValueException":
      return new ConflictError(`AWS can't fail this group over: ${message}`);
    case "NodeGroupNotFoundFault":
      return new NotFoundError("the shard is gone: look at GET /admin/cache");
    default:
      return undefined;
  }
}
