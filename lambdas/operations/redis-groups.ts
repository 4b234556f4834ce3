import type { RedisGroup, RedisRole } from "#contract/admin-cache";
import {
  type CacheCluster,
  DescribeCacheClustersCommand,
  DescribeEventsCommand,
  DescribeReplicationGroupsCommand,
  type ElastiCacheClient,
  type Event,
  type NodeGroup,
  type ReplicationGroup,
} from "@aws-sdk/client-elasticache";
import { answered } from "./answered";
import type { GroupIds } from "./group-ids";

const noAnswer = "elasticache gives no answer at the moment";
/** Of the two weeks that ElastiCache keeps them. */
const eventMinutes = 7 * 24 * 60;
/** Events of nodes are those of the whole account, some 100 at once. What is beyond is left out: there is no time for it. */
const mostPages = 10;
const pagesWithinMs = 3_000;

/** The Redis groups as ElastiCache keeps them. */
export class RedisGroupsKept {
  readonly #elastiCache: ElastiCacheClient;
  readonly #ids: GroupIds;

  constructor(elastiCache: ElastiCacheClient, ids: GroupIds) {
    this.#elastiCache = elastiCache;
    this.#ids = ids;
  }

  read(): Promise<RedisGroup[]> {
    const ids = new Set(Object.values(this.#ids));
    return answered(Promise.all([...ids].map((id) => this.#readOne(id))), noAnswer);
  }

  async #readOne(id: string): Promise<RedisGroup> {
    const [group, ofNodes, ofGroup] = await Promise.all([
      replicationGroup(this.#elastiCache, id),
      this.#events({ SourceType: "cache-cluster" }),
      this.#events({ SourceType: "replication-group", SourceIdentifier: id }),
    ]);
    const shards = (group.NodeGroups ?? []).map(shardOf);
    const nodeIds = shards.flatMap(({ nodes }) => nodes.map((node) => node.id));
    const events = [...ofGroup, ...ofNodes.filter(({ SourceIdentifier = "" }) => nodeIds.includes(SourceIdentifier))];
    const node = await this.#node(nodeIds[0]);
    return {
      roles: (["cache", "state"] as const satisfies readonly RedisRole[]).filter((role) => this.#ids[role] === id),
      id,
      status: group.Status ?? "unknown",
      engine: node?.Engine ?? null,
      engineVersion: node?.EngineVersion ?? null,
      clusterMode: group.ClusterEnabled ?? false,
      automaticFailover: group.AutomaticFailover === "enabled",
      shards,
      events: events.map(eventOf).sort((one, other) => other.at.localeCompare(one.at)),
    };
  }

  /** All nodes of a group run the same engine. */
  async #node(id: string | undefined): Promise<CacheCluster | undefined> {
    if (id === undefined) return undefined;
    const { CacheClusters } = await this.#elastiCache.send(new DescribeCacheClustersCommand({ CacheClusterId: id }));
    return CacheClusters?.[0];
  }

  async #events(source: Pick<DescribeEventsCommand["input"], "SourceType" | "SourceIdentifier">): Promise<Event[]> {
    const events: Event[] = [];
    const begunMs = performance.now();
    let marker: string | undefined;
    for (let page = 0; page < mostPages && performance.now() - begunMs < pagesWithinMs; page++) {
      const asked = { ...source, Duration: eventMinutes, MaxRecords: 100, Marker: marker };
      const { Events = [], Marker } = await this.#elastiCache.send(new DescribeEventsCommand(asked));
      events.push(...Events);
      if (Marker === undefined || Marker === "") break;
      marker = Marker;
    }
    return events;
  }
}

export async function replicationGroup(elastiCache: ElastiCacheClient, id: string): Promise<ReplicationGroup> {
  const asked = new DescribeReplicationGroupsCommand({ ReplicationGroupId: id });
  const [group] = (await elastiCache.send(asked)).ReplicationGroups ?? [];
  if (group === undefined) throw new Error(`elasticache has no replication group ${id}: deploy again`);
  return group;
}

function shardOf({ NodeGroupId, Status, Slots, NodeGroupMembers = [] }: NodeGroup): RedisGroup["shards"][number] {
  return {
    id: NodeGroupId ?? "",
    status: Status ?? "unknown",
    slots: Slots ?? null,
    nodes: NodeGroupMembers.map(({ CacheClusterId, CurrentRole, PreferredAvailabilityZone }) => ({
      id: CacheClusterId ?? "",
      role: CurrentRole === "primary" || CurrentRole === "replica" ? CurrentRole : null,
      zone: PreferredAvailabilityZone ?? null,
    })),
  };
}

function eventOf({ Date: date, SourceIdentifier, Message }: Event): RedisGroup["events"][number] {
  return { at: date?.toISOString() ?? "", source: SourceIdentifier ?? "", message: Message ?? "" };
}
