/** ElastiCache as it is played, with a Redis group of the test file's own, and the real SDK's client for it. */
import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { Readable } from "node:stream";
import { answerElastiCache, createElastiCache } from "../../local/aws/elasticache";
import { PlayedGroup, type PlayedGroupOptions } from "../../local/aws/elasticache-group";
import { findRedis } from "../../local/servers/find-redis";
import { RedisGroup } from "../../local/servers/redis-group";
import { newPassword } from "../../local/setup/credentials";
import { dataFolder, temporaryFolder } from "../../local/setup/data-folder";
import { listenOfOwn } from "./played-service";
import type { RedisMode } from "./redis-clients";
import { own } from "./servers";

/** Ends with the test file. */
export async function ownRedisGroup(mode: RedisMode = "single"): Promise<RedisGroup> {
  const program = await findRedis(dataFolder(), console.log);
  return own(await RedisGroup.start({ program, folder: temporaryFolder(), password: newPassword(), mode }));
}

/** Those of each call of `elastiCacheOf`. */
export const playedGroups: PlayedGroup[][] = [];

/** Ends with the test file. A primary that is taken down is missed at once. */
export async function elastiCacheOf(
  ...groups: readonly Pick<PlayedGroupOptions, "id" | "redis" | "group">[]
): Promise<ElastiCacheClient> {
  const played = groups.map((group) => new PlayedGroup({ ...group, region: "us-east-2", noticedMs: 0 }));
  playedGroups.push(played);
  const server = createElastiCache(played);
  return elastiCacheAt(await listenOfOwn(server));
}

/** Plays one group without a Redis behind it, in this process: failovers of it are done at once. */
export function elastiCacheInProcess(id: string): ElastiCacheClient {
  const groups = [
    new PlayedGroup({
      id,
      region: "us-east-2",
      redis: { host: "127.0.0.1", port: 1, user: "", password: "" },
      group: {
        mode: "single",
        shards: [{ id: "0001", primary: { number: "001" }, replica: { number: "002" } }],
        failingOver: undefined,
        replicaAnswers: async () => true,
        failOver: async () => undefined,
        onStep: () => undefined,
      },
    }),
  ];
  return new ElastiCacheClient({
    ...asAnybody,
    requestHandler: {
      async handle({ body }: { body?: unknown }) {
        const { status, xml } = await answerElastiCache(String(body), groups);
        const headers = { "content-type": "text/xml" };
        return { response: { statusCode: status, headers, body: Readable.from([Buffer.from(xml)]) } };
      },
    },
  });
}

const asAnybody = {
  region: "us-east-2",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
};

export function elastiCacheAt(endpoint: string): ElastiCacheClient {
  return new ElastiCacheClient({ ...asAnybody, endpoint });
}
