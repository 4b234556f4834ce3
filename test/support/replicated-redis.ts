/**
 * A primary with two replicas, behind an endpoint that follows the primary. As on ElastiCache, clients know the endpoint
 * only, and a failover cuts their connections.
 */
import { join } from "node:path";
import { findRedis } from "../../local/servers/find-redis";
import { startRedis, type RedisAddress, type RedisServer } from "../../local/servers/redis";
import { newPassword } from "../../local/setup/credentials";
import { dataFolder, temporaryFolder } from "../../local/setup/data-folder";
import { administer } from "./administer";
import { own } from "./servers";
import { TcpProxy } from "./tcp-proxy";
import { until } from "./until";

/** What becomes of the primary: a crash, a host that hangs, or only its demotion. */
export type Deposition = "killed" | "frozen" | "demoted";

export class ReplicatedRedis {
  #servers: RedisServer[];
  readonly #endpoint: TcpProxy;

  private constructor(servers: RedisServer[], endpoint: TcpProxy) {
    this.#servers = servers;
    this.#endpoint = endpoint;
  }

  static async start(servers: readonly RedisServer[], endpoint: TcpProxy): Promise<ReplicatedRedis> {
    const group = new ReplicatedRedis([...servers], endpoint);
    for (const replica of group.replicas) await follow(replica, group.primary);
    await group.#replicasAreAttached();
    return group;
  }

  /** Of the endpoint. */
  get address(): RedisAddress {
    return { ...this.primary.address, port: this.#endpoint.port };
  }

  get endpoint(): TcpProxy {
    return this.#endpoint;
  }

  get primary(): RedisServer {
    return this.#servers[0]!;
  }

  get replicas(): readonly RedisServer[] {
    return this.#servers.slice(1);
  }

  /**
   * Makes `successor`, one of the replicas, the primary, whatever it may have missed. The deposed one comes back as its
   * replica; resolves when all are attached again.
   */
  async failOver(successor: RedisServer, deposition: Deposition): Promise<void> {
    const deposed = this.primary;
    this.#endpoint.lead(undefined);
    if (deposition === "killed") await deposed.kill();
    if (deposition === "frozen") deposed.freeze();

    await administer(successor.address, (client) => client.replicaof("NO", "ONE"));
    this.#servers = [successor, ...this.#servers.filter((server) => server !== successor)];
    this.#endpoint.lead(successor.address.port);

    for (const replica of this.replicas) if (replica !== deposed) await follow(replica, successor);
    if (deposition === "killed") await deposed.restart();
    if (deposition === "frozen") deposed.thaw();
    await follow(deposed, successor);
    await this.#replicasAreAttached();
  }

  async #replicasAreAttached(): Promise<void> {
    await administer(this.primary.address, (client) =>
      until("both replicas are attached", async () => {
        const online = (await client.info("replication")).match(/^slave\d+:.*state=online/gm);
        return online?.length === this.replicas.length;
      }),
    );
  }
}

async function follow(replica: RedisServer, { address }: RedisServer): Promise<void> {
  await administer(replica.address, (client) => client.replicaof(address.host, address.port));
}

/** Ends with the test file. */
export async function ownReplicatedRedis(): Promise<ReplicatedRedis> {
  const program = await findRedis(dataFolder(), console.log);
  const folder = temporaryFolder();
  const password = newPassword();
  const settings = [
    "masteruser larder",
    `masterauth ${password}`,
    "repl-diskless-sync-delay 0",
    "shutdown-timeout 0", // or a primary waits for its replicas when it is stopped
  ];
  const servers = await Promise.all(
    ["a", "b", "c"].map(async (name) =>
      own(await startRedis({ program, folder: join(folder, name), password, settings })),
    ),
  );
  return ReplicatedRedis.start(servers, own(await TcpProxy.start(servers[0]!.address.port)));
}
