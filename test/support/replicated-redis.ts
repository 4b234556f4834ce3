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
  readonly endpoint: TcpProxy;
  /** The primary first. */
  #servers: readonly RedisServer[];
  readonly #links: ReadonlyMap<RedisServer, TcpProxy>;

  private constructor(links: ReadonlyMap<RedisServer, TcpProxy>, endpoint: TcpProxy) {
    this.endpoint = endpoint;
    this.#servers = [...links.keys()];
    this.#links = links;
  }

  static async start(links: ReadonlyMap<RedisServer, TcpProxy>, endpoint: TcpProxy): Promise<ReplicatedRedis> {
    const group = new ReplicatedRedis(links, endpoint);
    for (const replica of group.replicas) await group.#follow(replica);
    await group.replicasCaughtUp();
    return group;
  }

  /** Of the endpoint. */
  get address(): RedisAddress {
    return { ...this.primary.address, port: this.endpoint.port };
  }

  get primary(): RedisServer {
    return this.#servers[0]!;
  }

  get replicas(): readonly RedisServer[] {
    return this.#servers.slice(1);
  }

  /** A replica's way to the primary. What it hasn't brought when the replica takes over is lost. */
  linkOf(replica: RedisServer): TcpProxy {
    return this.#links.get(replica)!;
  }

  /**
   * Makes `successor`, one of the replicas, the primary, whatever it has missed. The deposed one comes back as its replica;
   * resolves when all are attached again.
   */
  async failOver(successor: RedisServer, deposition: Deposition): Promise<void> {
    const deposed = this.primary;
    this.endpoint.lead(undefined);
    if (deposition === "killed") await deposed.kill();
    if (deposition === "frozen") deposed.freeze();

    this.linkOf(successor).lead(undefined);
    await administer(successor.address, (client) => client.replicaof("NO", "ONE"));
    this.#servers = [successor, ...this.#servers.filter((server) => server !== successor)];
    this.endpoint.lead(successor.address.port);

    for (const replica of this.replicas) if (replica !== deposed) await this.#follow(replica);
    if (deposition === "killed") await deposed.restart();
    if (deposition === "frozen") deposed.thaw();
    await this.#follow(deposed);
    await this.replicasCaughtUp();
  }

  async #follow(replica: RedisServer): Promise<void> {
    const link = this.linkOf(replica);
    link.lead(this.primary.address.port);
    await administer(replica.address, (client) => client.replicaof(replica.address.host, link.port));
  }

  /**
   * Resolves when each replica has confirmed all that the primary has now. One that is called online may still be reading
   * its copy from disk, and on a busy machine one that follows may be hundreds of writes behind.
   */
  async replicasCaughtUp(): Promise<void> {
    await administer(this.primary.address, (client) =>
      until("both replicas have caught up", async () => {
        await client.publish("caught-up", ""); // something to confirm
        return (await client.wait(this.replicas.length, 100)) === this.replicas.length;
      }),
    );
  }
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
  const proxy = async (port: number) => own(await TcpProxy.start(port));
  const servers = await Promise.all(
    ["a", "b", "c"].map(async (name) => {
      const server = own(await startRedis({ program, folder: join(folder, name), password, settings }));
      return [server, await proxy(server.address.port)] as const;
    }),
  );
  return ReplicatedRedis.start(new Map(servers), await proxy(servers[0]![0].address.port));
}
