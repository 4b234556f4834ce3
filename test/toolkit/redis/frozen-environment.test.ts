/** A Lambda environment runs only while it has a call: it gets its connection back in the first one after an outage. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { RedisServer } from "../../../local/servers/redis";
import { administer } from "../../support/administer";
import { bundled } from "../../support/process-fleet";
import { type RedisMode, redisModes } from "../../support/redis-clients";
import { own, ownRedis, ownRedisCluster } from "../../support/servers";
import { until } from "../../support/until";

class Environment {
  readonly #process: ChildProcess;
  #outcome: unknown;
  #longestPauseMs = 0;

  constructor(mode: RedisMode, redis: RedisServer["address"]) {
    this.#process = fork(bundled(join(__dirname, "environment.ts")), [JSON.stringify({ mode, redis })]);
    own({ stop: () => Promise.resolve(void this.#process.kill("SIGKILL")) });
    this.#process.on("message", ({ outcome, pauseMs }: { outcome?: unknown; pauseMs?: number }) => {
      this.#outcome = outcome ?? this.#outcome;
      this.#longestPauseMs = Math.max(this.#longestPauseMs, pauseMs ?? 0);
    });
  }

  async call(): Promise<unknown> {
    this.#outcome = undefined;
    this.#process.kill("SIGCONT");
    this.#process.send("call");
    const outcome = await until("it has an answer", () => this.#outcome);
    this.#process.kill("SIGSTOP");
    return outcome;
  }

  /** As it does in a call that takes long for other reasons. */
  async hasTriedToConnectForLong(): Promise<void> {
    this.#process.kill("SIGCONT");
    await until("it makes long pauses between its attempts", () => this.#longestPauseMs > 500);
    this.#process.kill("SIGSTOP");
  }
}

async function serves(mode: RedisMode, { address }: RedisServer): Promise<boolean> {
  try {
    return await administer(address, async (client) => {
      await client.ping();
      return mode === "single" || (await client.cluster("INFO")).includes("cluster_state:ok");
    });
  } catch {
    return false;
  }
}

describe.each(redisModes)("an environment that lay frozen (%s)", (mode) => {
  it.each(["hung", "was gone"] as const)(
    "while Redis %s is answered by the first call that asks when Redis is well again, however often it had asked in vain",
    async (fault) => {
      const servers = mode === "single" ? [await ownRedis()] : await ownRedisCluster();
      const environments = await Promise.all(
        Array.from({ length: 4 }, async () => {
          const each = new Environment(mode, servers[0]!.address);
          await until("it is connected", async () => (await each.call()) === "answered");
          return each;
        }),
      );
      for (const server of servers)
        if (fault === "hung") server.freeze();
        else await server.kill();
      for (const [at, each] of environments.entries())
        for (let times = 0; times <= 2 * at; times++) expect(await each.call()).not.toBe("answered");
      if (mode === "single" && fault === "was gone") await environments[0]!.hasTriedToConnectForLong();
      for (const server of servers)
        if (fault === "hung") server.thaw();
        else await server.restart();
      for (const server of servers) await until("redis serves", () => serves(mode, server));
      for (const each of environments) {
        // A breaker stays open for up to a second, frozen or not.
        const outcome = await until("it asks", async () => {
          const first = await each.call();
          return first === "refused" ? undefined : first;
        });
        expect(outcome).toBe("answered");
      }
    },
    60_000,
  );
});
