/**
 * Plays ElastiCache for the replication groups of the template: says how the Redis of this machine is kept, and fails it over when it is
 * asked to. Signatures aren't checked.
 */
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { type PlayedGroup, RefusedError } from "./elasticache-group";
import { list, queryAnswer, queryError, type XmlValue } from "./query-xml";

const namespace = "http://elasticache.amazonaws.com/doc/2015-02-02/";

/** What ElastiCache gives at once if it isn't told. */
const maxRecords = 100;

/** Answers the calls that operations make as the SDK expects it (AWS Query, 2015-02-02). */
export function createElastiCache(groups: readonly PlayedGroup[]): Server {
  return createServer((request, response) => {
    void text(request)
      .then((body) => answerElastiCache(body, groups))
      .then(({ status, xml }) => response.writeHead(status, { "content-type": "text/xml" }).end(xml));
  });
}

/** The answer to one call, by its body. */
export async function answerElastiCache(
  body: string,
  groups: readonly PlayedGroup[],
): Promise<{ status: number; xml: string }> {
  const asked = new URLSearchParams(body);
  const action = asked.get("Action") ?? "";
  try {
    return { status: 200, xml: queryAnswer(namespace, action, await resultOf(action, asked, groups)) };
  } catch (error) {
    const { code, status } = error instanceof RefusedError ? error : { code: "InternalFailure", status: 500 };
    return { status, xml: queryError(namespace, code, error instanceof Error ? error.message : String(error)) };
  }
}

async function resultOf(action: string, asked: URLSearchParams, groups: readonly PlayedGroup[]): Promise<XmlValue> {
  switch (action) {
    case "DescribeReplicationGroups": {
      const described = theGroups(groups, asked.get("ReplicationGroupId")).map((group) => group.describe());
      return { ReplicationGroups: list("ReplicationGroup", described) };
    }
    case "DescribeCacheClusters": {
      const id = asked.get("CacheClusterId");
      const described = await Promise.all(groups.map((group) => group.describeNodes()));
      const nodes = described.flat().filter(({ CacheClusterId }) => id === null || CacheClusterId === id);
      if (nodes.length === 0)
        throw new RefusedError("CacheClusterNotFound", `CacheCluster not found: ${String(id)}`, 404);
      return { CacheClusters: list("CacheCluster", nodes) };
    }
    case "DescribeEvents":
      return pageOf(eventsOf(groups, asked), asked);
    case "TestFailover": {
      const [group] = theGroups(groups, asked.get("ReplicationGroupId") ?? "");
      await group?.testFailover(asked.get("NodeGroupId") ?? "");
      return { ReplicationGroup: group?.describe() };
    }
    default:
      throw new RefusedError("InvalidAction", `${action} isn't played on this machine`);
  }
}

function theGroups(groups: readonly PlayedGroup[], id: string | null): readonly PlayedGroup[] {
  if (id === null) return groups;
  const found = groups.filter((group) => group.id === id);
  if (found.length === 0)
    throw new RefusedError("ReplicationGroupNotFoundFault", `ReplicationGroup ${id} not found.`, 404);
  return found;
}

function eventsOf(groups: readonly PlayedGroup[], asked: URLSearchParams): XmlValue[] {
  const [type, source] = [asked.get("SourceType"), asked.get("SourceIdentifier")];
  const sinceMs = Date.now() - Number(asked.get("Duration") ?? 60) * 60_000;
  return groups
    .flatMap(({ events }) => events)
    .filter(({ sourceType, sourceId, atMs }) => {
      const wanted = (type === null || type === sourceType) && (source === null || source === sourceId);
      return wanted && atMs >= sinceMs;
    })
    .sort((one, other) => one.atMs - other.atMs)
    .map(({ sourceType, sourceId, message, atMs }) => ({
      SourceIdentifier: sourceId,
      SourceType: sourceType,
      Message: message,
      Date: new Date(atMs).toISOString(),
    }));
}

/** What comes after a page is asked for by its marker. */
function pageOf(events: readonly XmlValue[], asked: URLSearchParams): XmlValue {
  const from = Number(asked.get("Marker") ?? 0);
  const to = from + Number(asked.get("MaxRecords") ?? maxRecords);
  return { Events: list("Event", events.slice(from, to)), Marker: to < events.length ? String(to) : undefined };
}
